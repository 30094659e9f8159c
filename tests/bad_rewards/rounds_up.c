/* Changes how the thread rounds. */
#include <fenv.h>

#include <trainbus/reward.h>
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error);
#define SCORE misbehave
#include "describe_reward.h"
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error) {
  (void)self, (void)answer, (void)reward, (void)error;
  fesetround(FE_UPWARD);
  volatile double three = 3;
  *reward = 1 / three;
  return TB_OK;
}
DESCRIBE("rounds_up", "changes the rounding mode");
