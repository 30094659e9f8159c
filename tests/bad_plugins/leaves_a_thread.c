/* Starts a thread at its first step that outlives the instance. */
#define _POSIX_C_SOURCE 200809L
#include <pthread.h>
#include <trainbus/plugin.h>
#include <unistd.h>
static tb_status misbehave(void* self, const tb_event* event, tb_metrics* out, tb_error* error);
#define ON_EVENT misbehave
#include "describe.h"
static void* wait_for_ever(void* unused) {
  for (;;) pause();
  return unused;
}
static tb_status misbehave(void* self, const tb_event* event, tb_metrics* out, tb_error* error) {
  (void)self, (void)out, (void)error;
  pthread_t thread;
  if (event->step == 1 && pthread_create(&thread, NULL, wait_for_ever, NULL) != 0) return TB_FAILED;
  return TB_OK;
}
DESCRIBE("leaves_a_thread", "leaves a thread running");
