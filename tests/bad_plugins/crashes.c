/* Writes through a null pointer at step 3. */
#include <trainbus/plugin.h>
static tb_status misbehave(void* self, const tb_event* event, tb_metrics* out, tb_error* error);
#define ON_EVENT misbehave
#include "describe.h"
static tb_status misbehave(void* self, const tb_event* event, tb_metrics* out, tb_error* error) {
  (void)self, (void)out, (void)error;
  if (event->step == 3) *(volatile int*)0 = 1;
  return TB_OK;
}
DESCRIBE("crashes", "crashes at step 3");
