/* Every event fails with the same message. */
#include <trainbus/plugin.h>
static tb_status fail(void* self, const tb_event* event, tb_metrics* out, tb_error* error);
#define ON_EVENT fail
#include "describe.h"
static tb_status fail(void* self, const tb_event* event, tb_metrics* out, tb_error* error) {
  (void)self, (void)event, (void)out;
  set_error(error, "this never works");
  return TB_FAILED;
}
DESCRIBE("event_fails", "fails every time");
