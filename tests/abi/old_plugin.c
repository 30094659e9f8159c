/* Valid C11 and C++20, since both were written against 1.0. A metric observer built from the frozen
 * header of ABI 1.0, as it lies on a user's disk: it emits the sum of the losses it has seen, and
 * keeps state. Every later host must run it unchanged. */
#include <stdlib.h>
#include <string.h>

#include "frozen/plugin_v1_0.h"

typedef struct old_plugin {
  double sum;
  double scale;
} old_plugin;

static void* create(const tb_host* host, tb_error* error) {
  old_plugin* self = (old_plugin*)calloc(1, sizeof *self);
  const tb_text scale = host->option(host, "scale");
  const tb_text hello = {"created", 7};
  if (self == NULL) {
    strcpy(error->message, "out of memory");
    return NULL;
  }
  self->scale = strtod(scale.data, NULL);
  host->log(host, TB_LOG_INFO, hello);
  return self;
}

static tb_status on_event(void* instance, const tb_event* event, tb_metrics* out, tb_error* error) {
  old_plugin* self = (old_plugin*)instance;
  const tb_text name = {"sum", 3};
  size_t i;
  for (i = 0; i < event->scalar_count; ++i)
    if (strcmp(event->scalars[i].name.data, "loss") == 0)
      self->sum += self->scale * event->scalars[i].value;
  if (self->sum < 0) {
    strcpy(error->message, "the sum is negative");
    return TB_FAILED;
  }
  return out->emit(out, name, self->sum);
}

static void destroy(void* instance) { free(instance); }

static tb_status save(void* instance, void (*write)(void*, tb_text), void* context,
                      tb_error* error) {
  tb_text bytes;
  (void)error;
  bytes.data = (const char*)&((old_plugin*)instance)->sum;
  bytes.size = sizeof(double);
  write(context, bytes);
  return TB_OK;
}

static tb_status load(void* instance, tb_text bytes, tb_error* error) {
  if (bytes.size != sizeof(double)) {
    strcpy(error->message, "the state has the wrong size");
    return TB_FAILED;
  }
  memcpy(&((old_plugin*)instance)->sum, bytes.data, bytes.size);
  return TB_OK;
}

static const tb_state_api state = {sizeof(tb_state_api), save, load};
static const tb_extension none = {sizeof(tb_extension)};
static const tb_extension* extension(const char* id) {
  return strcmp(id, TB_EXTENSION_STATE) == 0 ? (const tb_extension*)&state : &none;
}

static const tb_option scale = {sizeof(tb_option),     0, "scale", "real", "1",
                                "factor of each loss", 1, 0,       NULL};
static const tb_option* const options[] = {&scale};
static const char* const metrics[] = {"sum", NULL};
static const tb_observer observer = {sizeof(tb_observer),
                                     TB_ROLE_METRIC,
                                     0,
                                     0,
                                     "old.sum",
                                     "1.0.0",
                                     "built with ABI 1.0",
                                     "",
                                     "",
                                     options,
                                     1,
                                     metrics,
                                     (uint64_t)1 << TB_ON_STEP,
                                     create,
                                     on_event,
                                     destroy,
                                     extension};
static const tb_observer* const observers[] = {&observer};

#ifdef __cplusplus
extern "C"
#else
extern
#endif
    __attribute__((visibility("default"))) const tb_module trainbus_module_v1;
const tb_module trainbus_module_v1 = {sizeof(tb_module), 1, 0, 1, observers, "the frozen header"};
