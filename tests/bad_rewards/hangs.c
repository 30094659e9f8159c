/* Never returns for an empty answer. */
#define _POSIX_C_SOURCE 200809L
#include <unistd.h>

#include <trainbus/reward.h>
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error);
#define SCORE misbehave
#include "describe_reward.h"
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error) {
  (void)self, (void)answer, (void)reward, (void)error;
  while (answer->answer.size == 0) pause();
  *reward = 1;
  return TB_OK;
}
DESCRIBE("hangs", "hangs for an empty answer");
