/* A small observer in plain C. What it is called and what it is come from the build:
 * TOY_ID, TOY_ROLE, TOY_FLAGS, and TOY_FAULT for one that misbehaves. */
#include <stdlib.h>
#include <string.h>
#include <trainbus/plugin.h>

#define FAULT_NONE 0
#define FAULT_NAN 1   /* refuses a loss that is not a number */
#define FAULT_CRASH 2 /* ends the process at the first step */
#ifndef TOY_FAULT
#define TOY_FAULT FAULT_NONE
#endif

static void* create(const tb_host* host, tb_error* error) {
  (void)host;
  (void)error;
  return malloc(1);
}

static tb_status on_event(void* self, const tb_event* event, tb_metrics* out, tb_error* error) {
  (void)self;
  for (size_t i = 0; i < event->scalar_count; ++i) {
    const tb_scalar* scalar = &event->scalars[i];
    if (strcmp(scalar->name.data, "loss") != 0) continue;
    if (TOY_FAULT == FAULT_NAN && scalar->value != scalar->value) {
      strcpy(error->message, "the loss is not a number");
      return TB_FAILED;
    }
    if (out) return out->emit(out, scalar->name, scalar->value);
  }
  if (TOY_FAULT == FAULT_CRASH && event->kind == TB_ON_STEP) abort();
  return TB_OK;
}

static void destroy(void* self) { free(self); }

static const tb_option every = {sizeof(tb_option),       0, "every", "int", "1",
                                "steps between records", 1, 1000,    NULL};
static const tb_option path = {sizeof(tb_option), 0, "path", "path", TOY_ID ".out",
                               "file to write",   1, 0,      NULL};
static const tb_option wait_time = {sizeof(tb_option),      0, "wait", "duration", "250ms",
                                    "time between records", 0, 60,     NULL};
static const tb_option key = {
    sizeof(tb_option), TB_OPTION_SECRET, "key", "text", "", "password of the service", 1, 0, NULL};
static const tb_option* const options[] = {&every, &path, &wait_time, &key};

static const char* const metrics[] = {"loss", NULL};

static const tb_observer observer = {
    .size = sizeof(tb_observer),
    .role = TOY_ROLE,
    .flags = TOY_FLAGS,
    .needs_minor = 0,
    .id = TOY_ID,
    .version = "1.2.3",
    .summary = "a toy called " TOY_ID,
    .url = "https://example.org/" TOY_ID,
    .license = "MIT",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .metrics = TOY_ROLE == TB_ROLE_METRIC ? metrics : NULL,
    .wants = 1u << TB_ON_TRAIN_BEGIN | 1u << TB_ON_STEP | 1u << TB_ON_TRAIN_END,
    .create = create,
    .on_event = on_event,
    .destroy = destroy};
static const tb_observer* const observers[] = {&observer};

__attribute__((visibility("default"))) const tb_module trainbus_module_v1 = {
    sizeof(tb_module), TB_ABI_MAJOR, TB_ABI_MINOR, 1, observers, "toy"};
