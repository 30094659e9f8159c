/* trainbus reward ABI, version 1.0: a number for an answer that a language model generated.
 *
 * A reward plugin is a shared object that exports one constant,
 *
 *     const tb_reward_module trainbus_reward_v1 = { ... };
 *
 * which describes one or more rewards. A reward gets a prompt, the answer that a model gave, the
 * texts that the answer may be compared with, and the log-probabilities of the generated tokens; it
 * returns one finite number, of which more is better. The number is what a zeroth-order run
 * maximises, so a reward needs no gradient: it may count words, run a program or ask a judge.
 *
 * Compatibility, ownership: as in plugin.h, whose types are used here. Structs start with their
 * size and grow only at the end; a reader tests `size` before it reads a field that came after 1.0.
 * A plugin built for 1.x runs on every host 1.y with y >= its `needs_minor`. The reward ABI has a
 * version of its own; the types of plugin.h that are used here are those of its version 1.0, whose
 * layout never changes. A shared object offers rewards or observers, not both.
 *
 * Determinism. A reward is a pure function of the answer's fields and of the options: the same
 * number, to the last bit, whatever was asked before, in whichever instance, thread and process. A
 * run that is resumed does not ask again about answers that it has judged, and the processes of one
 * run share the answers: a reward that draws random numbers, reads a clock, or learns from what it
 * has seen makes a run that cannot be repeated. Where chance is needed, derive it from the texts.
 *
 * Threads. [main]: one thread at a time, and not while a score() of the same instance runs.
 * [score]: any thread; several instances at the same time, one instance never concurrently, unless
 * the reward has the flag TB_REWARD_CONCURRENT. [any]: any thread at any time. Threads of [score]
 * block all signals but those of a fault; a program that a reward starts inherits that, unless the
 * reward sets another mask for it (posix_spawnattr_setsigmask).
 *
 * Errors. A reward cannot be left out like an observer: it is what the run is for. A score() that
 * fails, that gives a number that is not finite (NaN, an infinity), or that does not return within
 * the user's limit ends the run in order, with a message that names the reward, the answer and the
 * reason. An answer that is merely bad is no error: give it a low number.
 */
#ifndef TRAINBUS_REWARD_H
#define TRAINBUS_REWARD_H

#include "plugin_v1_0.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TB_REWARD_ABI_MAJOR 1
#define TB_REWARD_ABI_MINOR 0

/* What is to be judged; valid during the call. All texts are valid UTF-8: the host puts U+FFFD
 * where a model's tokens make no character. They may hold zero bytes, and may be empty. */
typedef struct tb_answer {
  uint32_t size;
  tb_text prompt; /* all that the model was given */
  tb_text answer; /* what it generated, without the prompt */
  const tb_text*
      references; /* reference_count of them, from the data set; null if there are none */
  size_t reference_count;
  /* Natural logarithms, one for each generated token in order, as the model gave them, before any
   * sampling option; with that of the token that ends the answer, if it was generated. Null if
   * there are none. */
  const float* token_log_probabilities;
  size_t token_count;
} tb_answer;

enum {
  TB_REWARD_CONCURRENT = 1 /* score() of one instance may be called by several threads at once: the
                              host makes one instance instead of one for each thread */
};

/* One kind of reward. Static, constant. */
typedef struct tb_reward {
  uint32_t size;
  uint32_t flags;       /* TB_REWARD_... */
  uint32_t needs_minor; /* smallest minor version of the reward ABI that it runs on */
  uint32_t reserved;    /* 0 */
  const char* id;       /* "brevity"; third parties: "vendor.name" */
  const char* version;  /* of the plugin */
  const char* summary;  /* one line */
  const char* url;      /* may be empty, never null */
  const char* license;  /* SPDX id; may be empty, never null */
  const tb_option* const* options;
  size_t option_count;
  /* [main] null: failed, message filled. The host is that of plugin.h: its abi_minor is the reward
   * ABI's, run_directory is empty, and version 1.0 offers no extension. It lives as long as the
   * instance. */
  void* (*create)(const tb_host*, tb_error*);
  /* [score] TB_OK: *reward is set, to a finite number; more is better. */
  tb_status (*score)(void* self, const tb_answer*, double* reward, tb_error*);
  void (*destroy)(void* self);                      /* [main] */
  const tb_extension* (*extension)(const char* id); /* what the reward offers; may be null */
} tb_reward;

/* The one exported symbol: `trainbus_reward_v1`. */
typedef struct tb_reward_module {
  uint32_t size;
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t reward_count;
  const tb_reward* const* rewards;
  const char* built_with; /* compiler and SDK version, for reports; never compared */
} tb_reward_module;

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* TRAINBUS_REWARD_H */
