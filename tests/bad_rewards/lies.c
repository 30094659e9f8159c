/* Sends the training process a reward for an answer that it was not sent. */
#define _POSIX_C_SOURCE 200809L
#include <unistd.h>

#include <trainbus/reward.h>
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error);
#define SCORE misbehave
#include "describe_reward.h"
static tb_status misbehave(void* self, const tb_answer* answer, double* reward, tb_error* error) {
  (void)self, (void)answer, (void)reward, (void)error;
  /* 16 bytes, Judged, item 99, 0.0 */
  static const unsigned char judged[21] = {16, 0, 0, 0, 18, 99};
  *reward = (double)write(3, judged, sizeof judged);
  return TB_OK;
}
DESCRIBE("lies", "writes to the host's socket");
