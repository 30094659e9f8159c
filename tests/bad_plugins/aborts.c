/* Aborts at step 3. */
#include <stdlib.h>
#include <trainbus/plugin.h>
static tb_status misbehave(void* self, const tb_event* event, tb_metrics* out, tb_error* error);
#define ON_EVENT misbehave
#include "describe.h"
static tb_status misbehave(void* self, const tb_event* event, tb_metrics* out, tb_error* error) {
  (void)self, (void)out, (void)error;
  if (event->step == 3) abort();
  return TB_OK;
}
DESCRIBE("aborts", "aborts at step 3");
