/* trainbus observer ABI, version 1.1: all that a logging plugin needs.
 *
 * New in 1.1: the control role with trainbus.control/1, and TB_ON_HISTOGRAM with
 * trainbus.histogram/1.
 *
 * A plugin is a shared object that exports one constant,
 *
 *     const tb_module trainbus_module_v1 = { ... };
 *
 * which describes one or more observers. The host reads the description, creates instances, and
 * passes to each the events that it wants: copies of numbers and text, never a tensor.
 *
 * Compatibility. Structs start with their size and grow only at the end; a reader tests `size`
 * before it reads a field that came after 1.0. The meaning of a field never changes. Structs marked
 * FROZEN never grow. New features are extensions, looked up by string id. Ignore unknown event
 * kinds. A plugin built for 1.x runs on every host 1.y with y >= its `needs_minor`.
 *
 * Ownership. The side that allocates frees. Memory that the host passes is valid during the call,
 * except where a comment says otherwise. `self` belongs to the plugin. Only C types cross the
 * border: no exception, no FILE*, no C++ object.
 *
 * Threads. [main]: the thread that runs the launcher, before or after training. [bus]: never
 * concurrently for one instance, but any thread. [any]: any thread at any time.
 */
#ifndef TRAINBUS_PLUGIN_H
#define TRAINBUS_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TB_ABI_MAJOR 1
#define TB_ABI_MINOR 1

typedef int32_t tb_status; /* TB_OK or TB_FAILED */
enum { TB_OK = 0, TB_FAILED = 1 };

/* UTF-8 text. data is never null and data[size] == 0. FROZEN. */
typedef struct tb_text {
  const char* data;
  size_t size;
} tb_text;

/* One named number of an event. The name's memory lives as long as the run and is interned: two
 * scalars of one run have the same name exactly if their name.data pointers are equal. FROZEN. */
typedef struct tb_scalar {
  tb_text name;
  double value;
} tb_scalar;

/* The caller's buffer for what went wrong: one sentence, zero-terminated. FROZEN. */
typedef struct tb_error {
  char message[256];
} tb_error;

/* Event kinds. Numbers and names are append-only. Every *_BEGIN has exactly one end, on failure
 * too. */
enum {
  TB_ON_TRAIN_BEGIN =
      0, /* all is loaded; text: the resolved run as JSON; total_steps, initial_step */
  TB_ON_EPOCH_BEGIN = 1, /* */
  TB_ON_EPOCH_END = 2,   /* */
  TB_ON_STEP_BEGIN = 3,  /* before the first micro-batch; lr that this step will use */
  TB_ON_FORWARD =
      4, /* after every training forward; loss, side, micro, micro_count, tokens, forwards */
  TB_ON_BACKWARD = 5,       /* after every backward; micro, micro_count */
  TB_ON_OPTIMIZER_STEP = 6, /* the window's gradient is known; grad_norm or projected_grad */
  TB_ON_STEP = 7, /* the step is done, or skipped (skipped = 1); loss, lr, ... and all metrics */
  TB_ON_EVAL_BEGIN = 8,      /* an evaluation starts; batches */
  TB_ON_PREDICTION_STEP = 9, /* one of its batches is done; batch, batches */
  TB_ON_EVALUATE = 10,       /* its result; eval/... */
  TB_ON_SAVE = 11,           /* a model or checkpoint is on disk; text: its path */
  TB_ON_EXCEPTION = 12,      /* something was thrown in the loop; text: what */
  TB_ON_TRAIN_END =
      13, /* always, once, last; text: completed | stopped: ... | interrupted: ... | failed: ... */
  TB_ON_HISTOGRAM = 14, /* 1.1: how a tensor's numbers are distributed; text: its name; count, min,
                           max, mean, std, nonfinite */
  TB_KIND_COUNT = 15
};

enum { TB_PHASE_TRAIN = 0, TB_PHASE_EVALUATION = 1, TB_PHASE_CATCH_UP = 2 };

/* What happened: a copy of host state, valid during the call. */
typedef struct tb_event {
  uint32_t size;
  uint32_t kind;   /* TB_ON_... ; ignore what you do not know */
  tb_text name;    /* "on_step": lets a generic logger print unknown kinds */
  uint64_t step;   /* optimizer steps completed; within a step, the number of that step, from 1 */
  uint64_t epoch;  /* passes over the training data begun before this one */
  int64_t unix_ns; /* wall clock at the occurrence */
  int64_t run_ns;  /* monotonic, since this process began to train */
  const tb_scalar* scalars; /* scalar_count of them, in a stable order */
  size_t scalar_count;
  tb_text text;           /* by kind, else empty */
  uint32_t attempt;       /* 1 for a fresh run, counts resumes */
  uint32_t phase;         /* TB_PHASE_... */
  const tb_text* metrics; /* TB_ON_TRAIN_BEGIN: names of all declared metrics of TB_ON_STEP and */
  size_t metric_count;    /*   TB_ON_EVALUATE, in the order for columns; later ones may appear */
} tb_event;

/* An option's schema: the host parses, checks, converts, prints help and suggests on a typo.
 * Reached through pointers, so that it may grow. Strings are static. */
typedef struct tb_option {
  uint32_t size;
  uint32_t flags;   /* TB_OPTION_... */
  const char* name; /* kebab-case */
  const char*
      type; /* bool | int | real | text | path | choice | duration (seconds; 250ms, 30s, 5m, 2h) */
  const char* fallback;       /* default as it would be typed; never null */
  const char* help;           /* one line, no full stop */
  double min, max;            /* int, real, duration: the closed range; min > max: no bound */
  const char* const* choices; /* choice: null-terminated; else null */
} tb_option;
enum { TB_OPTION_REQUIRED = 1, TB_OPTION_REPEATABLE = 2, TB_OPTION_SECRET = 4 };

/* Every extension struct starts with its size. An unknown id gets a stub whose size is 4. */
typedef struct tb_extension {
  uint32_t size;
} tb_extension;

enum { TB_LOG_DEBUG = 0, TB_LOG_INFO = 1, TB_LOG_WARNING = 2, TB_LOG_ERROR = 3 };

/* The host's services for one instance; lives as long as the instance. */
typedef struct tb_host tb_host;
struct tb_host {
  uint32_t size;
  uint32_t abi_minor;
  tb_text instance;      /* the instance's name, "csv" or as given by NAME=ID */
  tb_text run_directory; /* absolute; empty: this run keeps no files */
  tb_text (*option)(const tb_host*, const char* name); /* [main] canonical text: true|false, 1e-06,
                                                          ... ; empty for an unknown name */
  void (*log)(const tb_host*, int32_t level, tb_text message);      /* [any] */
  const tb_extension* (*extension)(const tb_host*, const char* id); /* [any] never null */
};

/* Where a metric observer puts its scalars: they appear as INSTANCE/name in the same event. */
typedef struct tb_metrics tb_metrics;
struct tb_metrics {
  uint32_t size;
  tb_status (*emit)(tb_metrics*, tb_text name, double value); /* [bus] during on_event only */
};

enum {
  TB_ROLE_METRIC = 1, /* adds scalars to events, before any sink sees them */
  TB_ROLE_SINK = 2,   /* sees the complete event */
  TB_ROLE_CONTROL = 3 /* 1.1: may ask for a stop, a save or an evaluation; called before all others,
                         see trainbus.control/1 */
};
enum {
  TB_OBSERVER_LOSSY = 1,   /* wants the newest state only; events may be dropped under load */
  TB_OBSERVER_TERMINAL = 2 /* draws on the terminal: left out by --disable-tqdm */
};

/* One kind of observer. Static, constant. */
typedef struct tb_observer {
  uint32_t size;
  uint32_t role;        /* TB_ROLE_... */
  uint32_t flags;       /* TB_OBSERVER_... */
  uint32_t needs_minor; /* smallest host minor version that it runs on */
  const char* id;       /* "csv"; third parties: "vendor.name" */
  const char* version;  /* of the plugin */
  const char* summary;  /* one line */
  const char* url;      /* may be empty, never null */
  const char* license;  /* SPDX id; may be empty, never null */
  const tb_option* const* options;
  size_t option_count;
  const char* const* metrics; /* metric role: names it will emit, without the instance's prefix;
                                 null-terminated or null */
  uint64_t wants;             /* bit 1 << kind: the host never calls for the rest */
  void* (*create)(const tb_host*, tb_error*); /* [main] null: failed, message filled */
  tb_status (*on_event)(void* self, const tb_event*, tb_metrics* out,
                        tb_error*);                 /* [bus] out: metric role only, else null */
  void (*destroy)(void* self);                      /* [main] */
  const tb_extension* (*extension)(const char* id); /* what the observer offers; may be null */
} tb_observer;

/* The one exported symbol: `trainbus_module_v1`. */
typedef struct tb_module {
  uint32_t size;
  uint32_t abi_major;
  uint32_t abi_minor;
  uint32_t observer_count;
  const tb_observer* const* observers;
  const char* built_with; /* compiler and SDK version, for reports; never compared */
} tb_module;

/* ---- host extension "trainbus.file/1": file I/O that survives crashes -------------------------
 * A relative path is taken below the run directory. Calls on one file: one thread at a time. */
typedef struct tb_file tb_file;
enum {
  TB_FILE_APPEND = 1, /* open or create, positioned at the end */
  TB_FILE_NEW = 2     /* create; it must not exist */
};
typedef struct tb_file_api {
  uint32_t size;
  tb_file* (*open)(const tb_host*, const char* path, uint32_t mode, tb_error*); /* null: failed */
  tb_status (*append)(tb_file*, const void* data, size_t size,
                      tb_error*);         /* one write(2), whole or rolled back */
  tb_status (*sync)(tb_file*, tb_error*); /* fdatasync */
  uint64_t (*length)(tb_file*);           /* bytes now */
  tb_status (*read)(tb_file*, uint64_t offset, void* data, size_t size,
                    tb_error*); /* exactly size bytes */
  tb_status (*truncate)(tb_file*, uint64_t size, tb_error*);
  void (*close)(tb_file*);
  tb_status (*replace)(const tb_host*, const char* path, const void* data, size_t size,
                       tb_error*); /* atomically: temporary, sync, rename, sync */
  int (*exists)(const tb_host*, const char* path);
  tb_status (*list)(const tb_host*, const char* directory,
                    void (*each)(void* context, tb_text name), void* context, tb_error*);
} tb_file_api;
#define TB_EXTENSION_FILE "trainbus.file/1"

/* ---- host extension "trainbus.ownership/1": which run wrote a file -----------------------------
 * For sinks that keep a table of one run: an absolute path may name another run's table. Called in
 * create, a failure refuses the run before step 0. */
typedef struct tb_ownership_api {
  uint32_t size;
  /* TB_FAILED, with a message, if the file has content that no attempt of this run wrote. A path
   * below the run directory, an empty file and a missing file count as this run's. */
  tb_status (*refuse_other_runs)(const tb_host*, const char* path, tb_error*); /* [main] */
} tb_ownership_api;
#define TB_EXTENSION_OWNERSHIP "trainbus.ownership/1"

/* ---- host extension "trainbus.terminal/1": the one owner of the screen (stderr) -------------- */
enum {
  TB_TERMINAL_INTERACTIVE = 1, /* a live line can be redrawn; else only print() shows */
  TB_TERMINAL_UNICODE = 2,     /* block characters can be shown */
  TB_TERMINAL_COLOR = 4
};
typedef struct tb_terminal_api {
  uint32_t size;
  uint32_t (*flags)(const tb_host*);   /* [any] */
  uint32_t (*columns)(const tb_host*); /* [any] usable width now, in cells; 0: unknown */
  void (*set_live)(
      const tb_host*, uint32_t row,
      tb_text line); /* [any] the live line of this row, redrawn in one write; empty: none */
  void (*print)(const tb_host*, tb_text line); /* [any] a lasting line above the live ones */
} tb_terminal_api;
#define TB_EXTENSION_TERMINAL "trainbus.terminal/1"

/* ---- observer extension "trainbus.state/1": state that a resumed run continues with -----------
 * `trainbus resume` does not use it: it publishes the run's events again from the first step on,
 * with the same numbers (phase TB_PHASE_CATCH_UP), so that observers recompute their state and
 * sinks get what they had not written. The extension is for training loops without a journal: they
 * save the state with a checkpoint and load it before the next event. */
typedef struct tb_state_api {
  uint32_t size;
  tb_status (*save)(void* self, void (*write)(void* context, tb_text bytes), void* context,
                    tb_error*);                            /* [bus] */
  tb_status (*load)(void* self, tb_text bytes, tb_error*); /* [main] after create, before events */
} tb_state_api;
#define TB_EXTENSION_STATE "trainbus.state/1"

/* ---- host extension "trainbus.control/1": asking the run for something (since 1.1) -------------
 * For observers of the control role, which the training thread calls, in the order in which they
 * were added, before any other observer sees the event. A request made while an event of step s is
 * handled takes effect when step s is done, so a repeated run stops at the same step: first the
 * evaluation, then the save, then the stop. There is at most one evaluation and one save per step,
 * however many observers request one; the first stop names the run's end, later ones are only
 * recorded. A request never hides an event from other observers. Every request is recorded in
 * run.json with its author and its reason. */
enum { TB_REQUEST_STOP = 1, TB_REQUEST_SAVE = 2, TB_REQUEST_EVALUATE = 3 };
typedef struct tb_control_api {
  uint32_t size;
  /* [bus] within on_event; fails for other roles, outside a call, and once the run has ended.
   * reason: one phrase for people, "no better eval/loss for 5 evaluations". */
  tb_status (*request)(const tb_host*, uint32_t what, tb_text reason, tb_error*);
} tb_control_api;
#define TB_EXTENSION_CONTROL "trainbus.control/1"

/* ---- host extension "trainbus.histogram/1": the buckets of a TB_ON_HISTOGRAM (since 1.1) -------
 */
typedef struct tb_histogram {
  uint32_t size;           /* set by the caller before read() */
  double count;            /* of finite numbers; the sum of all buckets */
  double nonfinite;        /* numbers that are in no bucket: NaN and infinities */
  double min, max;         /* of the finite numbers */
  double sum, sum_squares; /* of the finite numbers */
  const double* limits;    /* bucket_count right edges, ascending; the first bucket begins at min */
  const double* counts;    /* bucket_count of them */
  size_t bucket_count;
} tb_histogram;
typedef struct tb_histogram_api {
  uint32_t size;
  /* [bus] within the on_event that got this very event; what it fills in is valid as long. Fails
   * for other kinds. */
  tb_status (*read)(const tb_host*, const tb_event*, tb_histogram* out, tb_error*);
} tb_histogram_api;
#define TB_EXTENSION_HISTOGRAM "trainbus.histogram/1"

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif /* TRAINBUS_PLUGIN_H */
