/* Valid C11 and C++20. A reward built from the frozen header of the reward ABI 1.0, as it lies on a
 * user's disk. Every later host must run it unchanged. */
#include <stdlib.h>
#include <string.h>

#include "frozen/reward_v1_0.h"

typedef struct old_reward {
  double each;
} old_reward;

static void* create(const tb_host* host, tb_error* error) {
  old_reward* self = (old_reward*)calloc(1, sizeof *self);
  const tb_text each = host->option(host, "each");
  const tb_text hello = {"created", 7};
  if (self == NULL) {
    strcpy(error->message, "out of memory");
    return NULL;
  }
  self->each = strtod(each.data, NULL);
  host->log(host, TB_LOG_INFO, hello);
  return self;
}

/* The references that the answer is, and how sure the model was. */
static tb_status score(void* instance, const tb_answer* answer, double* reward, tb_error* error) {
  const old_reward* self = (const old_reward*)instance;
  double sum = 0;
  size_t i;
  if (answer->answer.size == 0) {
    strcpy(error->message, "the answer is empty");
    return TB_FAILED;
  }
  for (i = 0; i < answer->reference_count; ++i)
    if (strcmp(answer->references[i].data, answer->answer.data) == 0) sum += self->each;
  for (i = 0; i < answer->token_count; ++i) sum += (double)answer->token_log_probabilities[i];
  *reward = sum;
  return TB_OK;
}

static void destroy(void* instance) { free(instance); }

static const tb_option each = {sizeof(tb_option), 0, "each", "real", "1",
                               "for each match",  1, 0,      NULL};
static const tb_option* const options[] = {&each};
static const tb_reward reward = {sizeof(tb_reward),
                                 0,
                                 0,
                                 0,
                                 "old.match",
                                 "1.0.0",
                                 "built with the reward ABI 1.0",
                                 "",
                                 "",
                                 options,
                                 1,
                                 create,
                                 score,
                                 destroy,
                                 NULL};
static const tb_reward* const rewards[] = {&reward};

#ifdef __cplusplus
extern "C"
#else
extern
#endif
    __attribute__((visibility("default"))) const tb_reward_module trainbus_reward_v1;
const tb_reward_module trainbus_reward_v1 = {sizeof(tb_reward_module), 1, 0, 1, rewards,
                                             "the frozen header"};
