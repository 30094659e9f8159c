/* Never returns from step 3. */
#define _POSIX_C_SOURCE 200809L
#include <trainbus/plugin.h>
#include <unistd.h>
static tb_status misbehave(void* self, const tb_event* event, tb_metrics* out, tb_error* error);
#define ON_EVENT misbehave
#include "describe.h"
static tb_status misbehave(void* self, const tb_event* event, tb_metrics* out, tb_error* error) {
  (void)self, (void)out, (void)error;
  while (event->step == 3) pause();
  return TB_OK;
}
DESCRIBE("hangs", "hangs at step 3");
