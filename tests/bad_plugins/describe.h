/* A correct module in plain C; each bad plugin bends one thing before or after this. */
#ifndef TRAINBUS_TESTS_DESCRIBE_H
#define TRAINBUS_TESTS_DESCRIBE_H

#include <trainbus/plugin.h>

#ifdef __cplusplus
#error "the C++ ones use TRAINBUS_OBSERVER"
#endif

#ifndef MODULE_SIZE
#define MODULE_SIZE sizeof(tb_module)
#endif
#ifndef OBSERVER_SIZE
#define OBSERVER_SIZE sizeof(tb_observer)
#endif
#ifndef ABI_MAJOR
#define ABI_MAJOR TB_ABI_MAJOR
#endif
#ifndef NEEDS_MINOR
#define NEEDS_MINOR 0
#endif
#ifndef CREATE
#define CREATE make
#endif
#ifndef ON_EVENT
#define ON_EVENT ignore
#endif

static int instance;
static inline void* make(const tb_host* host, tb_error* error) {
  (void)host, (void)error;
  return &instance;
}
static inline tb_status ignore(void* self, const tb_event* event, tb_metrics* out,
                               tb_error* error) {
  (void)self, (void)event, (void)out, (void)error;
  return TB_OK;
}
static void destroy(void* self) { (void)self; }

static inline void set_error(tb_error* error, const char* message) {
  size_t i = 0;
  for (; message[i] != '\0' && i + 1 < sizeof error->message; ++i) error->message[i] = message[i];
  error->message[i] = '\0';
}

#define DESCRIBE(ID, SUMMARY)                                                   \
  static const tb_observer observer = {.size = OBSERVER_SIZE,                   \
                                       .role = TB_ROLE_SINK,                    \
                                       .needs_minor = NEEDS_MINOR,              \
                                       .id = ID,                                \
                                       .version = "1.0.0",                      \
                                       .summary = SUMMARY,                      \
                                       .url = "",                               \
                                       .license = "",                           \
                                       .wants = (uint64_t)1 << TB_ON_STEP,      \
                                       .create = CREATE,                        \
                                       .on_event = ON_EVENT,                    \
                                       .destroy = destroy};                     \
  static const tb_observer* const observers[] = {&observer};                    \
  __attribute__((visibility("default"))) const tb_module trainbus_module_v1 = { \
      MODULE_SIZE, ABI_MAJOR, TB_ABI_MINOR, 1, observers, "tests"}

#endif
