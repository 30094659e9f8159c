/* A good reward: how many bytes an answer is short of the option. */
#include <stdlib.h>
#include <trainbus/reward.h>

static void* create(const tb_host* host, tb_error* error) {
  long* const most = malloc(sizeof *most);
  (void)error;
  if (most) *most = strtol(host->option(host, "most").data, NULL, 10);
  return most;
}
static tb_status score(void* self, const tb_answer* answer, double* reward, tb_error* error) {
  (void)error;
  *reward = (double)*(const long*)self - (double)answer->answer.size;
  return TB_OK;
}
static const tb_option most_bytes = {sizeof(tb_option),          0, "most", "int", "10",
                                     "bytes of the best answer", 1, 1000,   0};
static const tb_option* const options[] = {&most_bytes};
static const tb_reward reward = {.size = sizeof(tb_reward),
                                 .flags = TB_REWARD_CONCURRENT,
                                 .id = "acme.brief",
                                 .version = "1.2.0",
                                 .summary = "short answers",
                                 .url = "https://example.org",
                                 .license = "MIT",
                                 .options = options,
                                 .option_count = 1,
                                 .create = create,
                                 .score = score,
                                 .destroy = free};
static const tb_reward* const rewards[] = {&reward};
__attribute__((visibility("default"))) const tb_reward_module trainbus_reward_v1 = {
    sizeof(tb_reward_module), TB_REWARD_ABI_MAJOR, TB_REWARD_ABI_MINOR, 1, rewards, "toys"};
