/* Ends the process for an empty answer. */
#include <stdlib.h>

#include <trainbus/reward.h>
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error);
#define SCORE misbehave
#include "describe_reward.h"
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error) {
  (void)self, (void)answer, (void)reward, (void)error;
  if (answer->answer.size == 0) exit(7);
  *reward = 1;
  return TB_OK;
}
DESCRIBE("calls_exit", "exits for an empty answer");
