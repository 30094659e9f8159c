/* A sink that speaks for itself on the socket of its process (descriptor 3), in a way that no host
 * expects: at creation, at its second event or at its end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <trainbus/plugin.h>
#include <unistd.h>

typedef struct hostile {
  const tb_host* host;
  int events;
} hostile;

static void say(const void* bytes, size_t size) {
  if (send(3, bytes, size, MSG_NOSIGNAL) < 0) _exit(9);
}

static void frame(uint8_t type, const void* fields, uint32_t size) {
  say(&size, sizeof size);
  say(&type, 1);
  if (size) say(fields, size);
}

/* As in core/host/isolate/wire.hpp. */
enum { START, EVENT, SAVE, LOAD, END, ANSWER, READY, FAILED, DONE, STATE, LOG, LIVE, PRINT, ASK };

static void attack(const char* how) {
  static const char zeros[64];
  if (strcmp(how, "short") == 0) frame(LOG, zeros, 2);
  if (strcmp(how, "long") == 0) frame(READY, zeros, 9);
  if (strcmp(how, "liar") == 0) {
    const uint64_t size = (uint64_t)1 << 62;
    frame(PRINT, &size, sizeof size);
  }
  if (strcmp(how, "huge") == 0) say("\xff\xff\xff\xff\x0a", 5);
  if (strcmp(how, "type") == 0) frame(77, zeros, 8);
  if (strcmp(how, "host") == 0) frame(START, zeros, 16);
  if (strcmp(how, "answer") == 0) frame(STATE, zeros, 9);
  if (strcmp(how, "row") == 0) frame(LIVE, "\xff\xff\xff\xff\0\0\0\0\0\0\0\0", 12);
  if (strcmp(how, "done") == 0)
    for (int i = 0; i < 5; ++i) frame(DONE, zeros, 25);
  if (strcmp(how, "metrics") == 0) {
    char fields[33] = {0};
    memset(fields + 17, 0xff, 8);
    frame(DONE, fields, sizeof fields);
  }
  if (strcmp(how, "question") == 0) frame(ASK, "\x09\0\0\0\0\0\0\0\0", 9);
  if (strcmp(how, "silence") == 0) close(3);
  if (strcmp(how, "flood") == 0)
    for (;;) frame(PRINT, zeros, 8);
  if (strcmp(how, "babble") == 0)
    for (;;)
      if (write(1, "blah blah blah. ", 16) < 0) _exit(9);
}

static const char* option(const tb_host* host, const char* name) {
  return host->option(host, name).data;
}

static void* create(const tb_host* host, tb_error* error) {
  hostile* self = calloc(1, sizeof *self);
  (void)error;
  if (!self) return NULL;
  self->host = host;
  if (strcmp(option(host, "stage"), "create") == 0) attack(option(host, "how"));
  return self;
}

static tb_status on_event(void* state, const tb_event* event, tb_metrics* out, tb_error* error) {
  hostile* self = state;
  (void)event, (void)out, (void)error;
  if (++self->events == 2 && strcmp(option(self->host, "stage"), "event") == 0)
    attack(option(self->host, "how"));
  return TB_OK;
}

static void destroy(void* state) {
  hostile* self = state;
  if (strcmp(option(self->host, "stage"), "destroy") == 0) attack(option(self->host, "how"));
  free(self);
}

static const char* const stages[] = {"create", "event", "destroy", NULL};
static const tb_option stage = {.size = sizeof(tb_option),
                                .name = "stage",
                                .type = "choice",
                                .fallback = "event",
                                .help = "when",
                                .min = 1,
                                .choices = stages};
static const tb_option how = {.size = sizeof(tb_option),
                              .name = "how",
                              .type = "text",
                              .fallback = "short",
                              .help = "what",
                              .min = 1};
static const tb_option* const options[] = {&stage, &how};
static const tb_observer observer = {.size = sizeof(tb_observer),
                                     .role = TB_ROLE_SINK,
                                     .id = "hostile",
                                     .version = "1.0.0",
                                     .summary = "sends what it likes",
                                     .url = "",
                                     .license = "",
                                     .options = options,
                                     .option_count = 2,
                                     .wants = (uint64_t)1 << TB_ON_STEP,
                                     .create = create,
                                     .on_event = on_event,
                                     .destroy = destroy};
static const tb_observer* const observers[] = {&observer};
const tb_module trainbus_module_v1 = {sizeof(tb_module), TB_ABI_MAJOR, TB_ABI_MINOR, 1,
                                      observers,         "tests"};
