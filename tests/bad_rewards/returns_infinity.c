/* Divides by the length of the answer. */
#include <trainbus/reward.h>
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error);
#define SCORE misbehave
#include "describe_reward.h"
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error) {
  (void)self, (void)answer, (void)reward, (void)error;
  *reward = 1 / (double)answer->answer.size;
  return TB_OK;
}
DESCRIBE("returns_infinity", "divides by the length");
