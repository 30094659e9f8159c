/* Forgets memory at every answer. */
#include <stdlib.h>

#include <trainbus/reward.h>
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error);
#define SCORE misbehave
#include "describe_reward.h"
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error) {
  (void)self, (void)answer, (void)reward, (void)error;
  *reward = malloc(1000) != NULL;
  return TB_OK;
}
DESCRIBE("leaks", "forgets 1000 bytes an answer");
