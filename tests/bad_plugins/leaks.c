/* Keeps a kilobyte of each step for ever. */
#include <stdlib.h>
#include <trainbus/plugin.h>
static tb_status misbehave(void* self, const tb_event* event, tb_metrics* out, tb_error* error);
#define ON_EVENT misbehave
#include "describe.h"
static tb_status misbehave(void* self, const tb_event* event, tb_metrics* out, tb_error* error) {
  (void)self, (void)out, (void)error;
  void* volatile kept = event->step > 0 ? malloc(1024) : NULL;
  if (kept) *(volatile char*)kept = 1;
  return TB_OK;
}
DESCRIBE("leaks", "leaks memory at each step");
