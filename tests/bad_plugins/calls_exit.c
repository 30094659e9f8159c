/* Ends the process with exit code 7 at step 3. */
#include <stdlib.h>
#include <trainbus/plugin.h>
static tb_status misbehave(void* self, const tb_event* event, tb_metrics* out, tb_error* error);
#define ON_EVENT misbehave
#include "describe.h"
static tb_status misbehave(void* self, const tb_event* event, tb_metrics* out, tb_error* error) {
  (void)self, (void)out, (void)error;
  if (event->step == 3) exit(7);
  return TB_OK;
}
DESCRIBE("calls_exit", "calls exit at step 3");
