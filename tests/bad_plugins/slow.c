/* Takes 20 ms for each step. */
#define _POSIX_C_SOURCE 200809L
#include <time.h>
#include <trainbus/plugin.h>
static tb_status dawdle(void* self, const tb_event* event, tb_metrics* out, tb_error* error);
#define ON_EVENT dawdle
#include "describe.h"
static tb_status dawdle(void* self, const tb_event* event, tb_metrics* out, tb_error* error) {
  const struct timespec pause = {.tv_sec = 0, .tv_nsec = 20000000};
  (void)self, (void)event, (void)out, (void)error;
  nanosleep(&pause, NULL);
  return TB_OK;
}
DESCRIBE("slow", "takes its time");
