/* Stops the whole process, which then answers no more. */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>

#include <trainbus/reward.h>
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error);
#define SCORE misbehave
#include "describe_reward.h"
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error) {
  (void)self, (void)answer, (void)reward, (void)error;
  raise(SIGSTOP);
  *reward = 1;
  return TB_OK;
}
DESCRIBE("stops", "stops its process");
