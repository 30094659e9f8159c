/* Sets the locale of the process at step 3. */
#include <locale.h>
#include <trainbus/plugin.h>
static tb_status misbehave(void* self, const tb_event* event, tb_metrics* out, tb_error* error);
#define ON_EVENT misbehave
#include "describe.h"
static tb_status misbehave(void* self, const tb_event* event, tb_metrics* out, tb_error* error) {
  (void)self, (void)out, (void)error;
  if (event->step == 3) setlocale(LC_ALL, "C.UTF-8");
  return TB_OK;
}
DESCRIBE("sets_locale", "sets the locale at step 3");
