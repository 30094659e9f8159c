/* Insists on the size of the struct that it was built with. */
#include <trainbus/reward.h>
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error);
#define SCORE misbehave
#include "describe_reward.h"
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error) {
  (void)self, (void)answer, (void)reward, (void)error;
  if (answer->size != sizeof *answer) return TB_FAILED;
  *reward = 1;
  return TB_OK;
}
DESCRIBE("misreads_size", "takes no answer that grew");
