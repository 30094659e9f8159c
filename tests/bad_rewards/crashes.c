/* Takes for granted that there is a reference. */
#include <trainbus/reward.h>
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error);
#define SCORE misbehave
#include "describe_reward.h"
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error) {
  (void)self, (void)answer, (void)reward, (void)error;
  *reward = answer->references[0].size == answer->answer.size;
  return TB_OK;
}
DESCRIBE("crashes", "needs a reference");
