/* Refuses events that are longer than those it was built for. */
#include <trainbus/plugin.h>
static tb_status insist(void* self, const tb_event* event, tb_metrics* out, tb_error* error);
#define ON_EVENT insist
#include "describe.h"
static tb_status insist(void* self, const tb_event* event, tb_metrics* out, tb_error* error) {
  (void)self, (void)out;
  if (event->size == sizeof(tb_event)) return TB_OK;
  set_error(error, "the event has the wrong size");
  return TB_FAILED;
}
DESCRIBE("misreads_size", "takes a longer event for a wrong one");
