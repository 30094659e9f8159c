/* Fails for answers that begin with an x. */
#include <trainbus/reward.h>
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error);
#define SCORE misbehave
#include "describe_reward.h"
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error) {
  (void)self, (void)answer, (void)reward, (void)error;
  if (answer->answer.data[0] == 'x') {
    set_error(error, "an x is no answer");
    return TB_FAILED;
  }
  *reward = 1;
  return TB_OK;
}
DESCRIBE("fails", "fails for an x");
