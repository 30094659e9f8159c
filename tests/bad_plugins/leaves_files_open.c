/* Opens a file at its first step and never closes it. */
#define _POSIX_C_SOURCE 200809L
#include <fcntl.h>
#include <trainbus/plugin.h>
static tb_status misbehave(void* self, const tb_event* event, tb_metrics* out, tb_error* error);
#define ON_EVENT misbehave
#include "describe.h"
static tb_status misbehave(void* self, const tb_event* event, tb_metrics* out, tb_error* error) {
  (void)self, (void)out, (void)error;
  if (event->step == 1 && open("/dev/null", O_RDONLY | O_CLOEXEC) < 0) return TB_FAILED;
  return TB_OK;
}
DESCRIBE("leaves_files_open", "leaves a file open");
