/* A correct module in plain C; each bad reward bends one thing before or after this. */
#ifndef TRAINBUS_TESTS_DESCRIBE_REWARD_H
#define TRAINBUS_TESTS_DESCRIBE_REWARD_H

#include <trainbus/reward.h>

#ifndef MODULE_SIZE
#define MODULE_SIZE sizeof(tb_reward_module)
#endif
#ifndef REWARD_SIZE
#define REWARD_SIZE sizeof(tb_reward)
#endif
#ifndef ABI_MAJOR
#define ABI_MAJOR TB_REWARD_ABI_MAJOR
#endif
#ifndef NEEDS_MINOR
#define NEEDS_MINOR 0
#endif
#ifndef CREATE
#define CREATE make
#endif
#ifndef SCORE
#define SCORE length
#endif
#ifndef SYMBOL
#define SYMBOL trainbus_reward_v1
#endif

static int instance;
static inline void* make(const tb_host* host, tb_error* error) {
  (void)host, (void)error;
  return &instance;
}
static inline tb_status length(void* self, const tb_answer* answer, double* reward,
                               tb_error* error) {
  (void)self, (void)error;
  *reward = (double)answer->answer.size;
  return TB_OK;
}
static void destroy(void* self) { (void)self; }

static inline void set_error(tb_error* error, const char* message) {
  size_t i = 0;
  for (; message[i] != '\0' && i + 1 < sizeof error->message; ++i) error->message[i] = message[i];
  error->message[i] = '\0';
}

#define DESCRIBE(ID, SUMMARY)                                              \
  static const tb_reward described = {.size = REWARD_SIZE,                 \
                                      .needs_minor = NEEDS_MINOR,          \
                                      .id = ID,                            \
                                      .version = "1.0.0",                  \
                                      .summary = SUMMARY,                  \
                                      .url = "",                           \
                                      .license = "",                       \
                                      .create = CREATE,                    \
                                      .score = SCORE,                      \
                                      .destroy = destroy};                 \
  static const tb_reward* const rewards[] = {&described};                  \
  __attribute__((visibility("default"))) const tb_reward_module SYMBOL = { \
      MODULE_SIZE, ABI_MAJOR, TB_REWARD_ABI_MINOR, 1, rewards, "tests"}

#endif
