/* A metric observer in plain C that uses every service of the host: it doubles the loss, writes a
 * line a step, and keeps its count of steps over a resume. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <trainbus/plugin.h>

typedef struct probe {
  const tb_host* host;
  const tb_file_api* files;
  const tb_terminal_api* terminal;
  tb_file* file;
  unsigned long steps;
} probe;

static void* create(const tb_host* host, tb_error* error) {
  probe* self = calloc(1, sizeof *self);
  if (!self) return NULL;
  self->host = host;
  self->files = (const tb_file_api*)host->extension(host, TB_EXTENSION_FILE);
  self->terminal = (const tb_terminal_api*)host->extension(host, TB_EXTENSION_TERMINAL);
  self->file = self->files->open(host, host->option(host, "path").data, TB_FILE_APPEND, error);
  if (!self->file) {
    free(self);
    return NULL;
  }
  return self;
}

static tb_status on_step(probe* self, const tb_event* event, tb_metrics* out, tb_error* error) {
  char line[80];
  ++self->steps;
  for (size_t i = 0; i < event->scalar_count; ++i)
    if (strcmp(event->scalars[i].name.data, "loss") == 0) {
      const tb_text name = {"double", 6};
      if (out->emit(out, name, 2 * event->scalars[i].value) != TB_OK) return TB_FAILED;
    }
  const int n =
      snprintf(line, sizeof line, "%s %llu\n", event->name.data, (unsigned long long)event->step);
  return self->files->append(self->file, line, (size_t)n, error);
}

static tb_status on_event(void* state, const tb_event* event, tb_metrics* out, tb_error* error) {
  probe* self = state;
  if (event->kind == TB_ON_STEP) return on_step(self, event, out, error);
  const tb_text line = {"probe is done", 13};
  self->host->log(self->host, TB_LOG_WARNING, line);
  self->terminal->print(self->host, line);
  return self->files->replace(self->host, "summary.txt", event->text.data, event->text.size, error);
}

static void destroy(void* state) {
  probe* self = state;
  self->files->close(self->file);
  free(self);
}

static tb_status save(void* state, void (*write)(void*, tb_text), void* context, tb_error* error) {
  char text[24];
  (void)error;
  const int n = snprintf(text, sizeof text, "%lu", ((probe*)state)->steps);
  const tb_text first = {text, 1}, rest = {text + 1, (size_t)n - 1};
  write(context, first); /* in two pieces, as the contract allows */
  write(context, rest);
  return TB_OK;
}

static tb_status load(void* state, tb_text bytes, tb_error* error) {
  char* end;
  ((probe*)state)->steps = strtoul(bytes.data, &end, 10);
  if (bytes.size > 0 && *end == '\0') return TB_OK;
  snprintf(error->message, sizeof error->message, "'%s' is no count of steps", bytes.data);
  return TB_FAILED;
}

static const tb_state_api state_api = {sizeof(tb_state_api), save, load};
static const tb_extension* extension(const char* id) {
  return strcmp(id, TB_EXTENSION_STATE) == 0 ? (const tb_extension*)&state_api : NULL;
}

static const tb_option path = {.size = sizeof(tb_option),
                               .name = "path",
                               .type = "path",
                               .fallback = "logs/probe.txt",
                               .help = "file to write",
                               .min = 1};
static const tb_option* const options[] = {&path};
static const char* const metrics[] = {"double", NULL};
static const tb_observer observer = {
    .size = sizeof(tb_observer),
    .role = TB_ROLE_METRIC,
    .id = "probe",
    .version = "1.2.3",
    .summary = "doubles the loss",
    .url = "",
    .license = "",
    .options = options,
    .option_count = 1,
    .metrics = metrics,
    .wants = (uint64_t)1 << TB_ON_STEP | (uint64_t)1 << TB_ON_TRAIN_END,
    .create = create,
    .on_event = on_event,
    .destroy = destroy,
    .extension = extension,
};
static const tb_observer* const observers[] = {&observer};
const tb_module trainbus_module_v1 = {sizeof(tb_module), TB_ABI_MAJOR, TB_ABI_MINOR, 1,
                                      observers,         "tests"};
