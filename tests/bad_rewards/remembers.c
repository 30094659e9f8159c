/* Its rewards depend on what it has judged before. */
#include <trainbus/reward.h>
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error);
#define SCORE misbehave
#include "describe_reward.h"
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error) {
  (void)self, (void)answer, (void)reward, (void)error;
  static double before;
  *reward = before += (double)answer->answer.size;
  return TB_OK;
}
DESCRIBE("remembers", "is not a function of the answer");
