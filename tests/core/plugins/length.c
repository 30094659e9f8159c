/* A reward of everything that an answer has. It sleeps longer over the first answers than over the
 * last, so that threads finish in another order than they began. */
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <trainbus/reward.h>

typedef struct length {
  const tb_host* host;
  double factor;
} length;

static void* create(const tb_host* host, tb_error* error) {
  const tb_text hello = {"made", 4};
  length* self = malloc(sizeof *self);
  (void)error;
  if (!self) return NULL;
  self->host = host;
  self->factor = strtod(host->option(host, "factor").data, NULL);
  host->log(host, TB_LOG_WARNING, hello);
  return self;
}

static tb_status score(void* state, const tb_answer* answer, double* reward, tb_error* error) {
  const length* self = state;
  const struct timespec nap = {0, 100000 * (long)(20 - answer->answer.size % 20)};
  (void)error;
  nanosleep(&nap, NULL);
  *reward = self->factor * (double)answer->answer.size + 1e3 * (double)answer->prompt.size;
  for (size_t i = 0; i < answer->reference_count; ++i)
    *reward += 1e6 * (double)answer->references[i].size;
  for (size_t i = 0; i < answer->token_count; ++i)
    *reward += (double)answer->token_log_probabilities[i];
  if (strcmp(answer->answer.data, "333") == 0) puts("three!"), fflush(stdout);
  return TB_OK;
}

static const tb_option factor = {sizeof(tb_option), 0, "factor", "real", "1",
                                 "for each byte",   1, 0,        NULL};
static const tb_option* const options[] = {&factor};
static const tb_reward described = {.size = sizeof(tb_reward),
                                    .id = "length",
                                    .version = "1.2.3",
                                    .summary = "adds up what it sees",
                                    .url = "",
                                    .license = "",
                                    .options = options,
                                    .option_count = 1,
                                    .create = create,
                                    .score = score,
                                    .destroy = free};
static const tb_reward* const rewards[] = {&described};
const tb_reward_module trainbus_reward_v1 = {
    sizeof(tb_reward_module), TB_REWARD_ABI_MAJOR, TB_REWARD_ABI_MINOR, 1, rewards, "tests"};
