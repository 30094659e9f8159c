/* The mean log-probability, which is 0/0 for an answer without tokens. */
#include <trainbus/reward.h>
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error);
#define SCORE misbehave
#include "describe_reward.h"
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error) {
  (void)self, (void)answer, (void)reward, (void)error;
  double sum = 0;
  for (size_t i = 0; i < answer->token_count; ++i) sum += answer->token_log_probabilities[i];
  *reward = sum / (double)answer->token_count;
  return TB_OK;
}
DESCRIBE("returns_nan", "divides by the number of tokens");
