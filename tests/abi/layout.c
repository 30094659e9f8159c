/* The layout of ABI 1.0 on x86-64, fixed for ever: plugins that were built with it are in the
 * world. Compiled with the frozen header, whose structs have exactly these sizes, and with today's,
 * whose structs may only have grown at their ends. */
#include PLUGIN_HEADER
#include <stddef.h>

#ifdef TODAY
#define SIZE(type, bytes) _Static_assert(sizeof(type) >= (bytes), #type " shrank")
#else
#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " is not what 1.0 was")
#endif
#define FROZEN(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " is frozen")
#define AT(type, field, bytes) \
  _Static_assert(offsetof(type, field) == (bytes), #type "." #field " moved")
#define NUMBER(name, value) _Static_assert((name) == (value), #name " changed")

FROZEN(tb_text, 16);
AT(tb_text, data, 0);
AT(tb_text, size, 8);

FROZEN(tb_scalar, 24);
AT(tb_scalar, name, 0);
AT(tb_scalar, value, 16);

FROZEN(tb_error, 256);
AT(tb_error, message, 0);

SIZE(tb_event, 112);
AT(tb_event, size, 0);
AT(tb_event, kind, 4);
AT(tb_event, name, 8);
AT(tb_event, step, 24);
AT(tb_event, epoch, 32);
AT(tb_event, unix_ns, 40);
AT(tb_event, run_ns, 48);
AT(tb_event, scalars, 56);
AT(tb_event, scalar_count, 64);
AT(tb_event, text, 72);
AT(tb_event, attempt, 88);
AT(tb_event, phase, 92);
AT(tb_event, metrics, 96);
AT(tb_event, metric_count, 104);

SIZE(tb_option, 64);
AT(tb_option, size, 0);
AT(tb_option, flags, 4);
AT(tb_option, name, 8);
AT(tb_option, type, 16);
AT(tb_option, fallback, 24);
AT(tb_option, help, 32);
AT(tb_option, min, 40);
AT(tb_option, max, 48);
AT(tb_option, choices, 56);

SIZE(tb_extension, 4);
AT(tb_extension, size, 0);

SIZE(tb_host, 64);
AT(tb_host, size, 0);
AT(tb_host, abi_minor, 4);
AT(tb_host, instance, 8);
AT(tb_host, run_directory, 24);
AT(tb_host, option, 40);
AT(tb_host, log, 48);
AT(tb_host, extension, 56);

SIZE(tb_metrics, 16);
AT(tb_metrics, size, 0);
AT(tb_metrics, emit, 8);

SIZE(tb_observer, 120);
AT(tb_observer, size, 0);
AT(tb_observer, role, 4);
AT(tb_observer, flags, 8);
AT(tb_observer, needs_minor, 12);
AT(tb_observer, id, 16);
AT(tb_observer, version, 24);
AT(tb_observer, summary, 32);
AT(tb_observer, url, 40);
AT(tb_observer, license, 48);
AT(tb_observer, options, 56);
AT(tb_observer, option_count, 64);
AT(tb_observer, metrics, 72);
AT(tb_observer, wants, 80);
AT(tb_observer, create, 88);
AT(tb_observer, on_event, 96);
AT(tb_observer, destroy, 104);
AT(tb_observer, extension, 112);

SIZE(tb_module, 32);
AT(tb_module, size, 0);
AT(tb_module, abi_major, 4);
AT(tb_module, abi_minor, 8);
AT(tb_module, observer_count, 12);
AT(tb_module, observers, 16);
AT(tb_module, built_with, 24);

SIZE(tb_file_api, 88);
AT(tb_file_api, size, 0);
AT(tb_file_api, open, 8);
AT(tb_file_api, append, 16);
AT(tb_file_api, sync, 24);
AT(tb_file_api, length, 32);
AT(tb_file_api, read, 40);
AT(tb_file_api, truncate, 48);
AT(tb_file_api, close, 56);
AT(tb_file_api, replace, 64);
AT(tb_file_api, exists, 72);
AT(tb_file_api, list, 80);

SIZE(tb_terminal_api, 40);
AT(tb_terminal_api, size, 0);
AT(tb_terminal_api, flags, 8);
AT(tb_terminal_api, columns, 16);
AT(tb_terminal_api, set_live, 24);
AT(tb_terminal_api, print, 32);

SIZE(tb_state_api, 24);
AT(tb_state_api, size, 0);
AT(tb_state_api, save, 8);
AT(tb_state_api, load, 16);

NUMBER(TB_OK, 0);
NUMBER(TB_FAILED, 1);
NUMBER(TB_ON_TRAIN_BEGIN, 0);
NUMBER(TB_ON_EPOCH_BEGIN, 1);
NUMBER(TB_ON_EPOCH_END, 2);
NUMBER(TB_ON_STEP_BEGIN, 3);
NUMBER(TB_ON_FORWARD, 4);
NUMBER(TB_ON_BACKWARD, 5);
NUMBER(TB_ON_OPTIMIZER_STEP, 6);
NUMBER(TB_ON_STEP, 7);
NUMBER(TB_ON_EVAL_BEGIN, 8);
NUMBER(TB_ON_PREDICTION_STEP, 9);
NUMBER(TB_ON_EVALUATE, 10);
NUMBER(TB_ON_SAVE, 11);
NUMBER(TB_ON_EXCEPTION, 12);
NUMBER(TB_ON_TRAIN_END, 13);
NUMBER(TB_PHASE_TRAIN, 0);
NUMBER(TB_PHASE_EVALUATION, 1);
NUMBER(TB_PHASE_CATCH_UP, 2);
NUMBER(TB_OPTION_REQUIRED, 1);
NUMBER(TB_OPTION_REPEATABLE, 2);
NUMBER(TB_OPTION_SECRET, 4);
NUMBER(TB_LOG_DEBUG, 0);
NUMBER(TB_LOG_INFO, 1);
NUMBER(TB_LOG_WARNING, 2);
NUMBER(TB_LOG_ERROR, 3);
NUMBER(TB_ROLE_METRIC, 1);
NUMBER(TB_ROLE_SINK, 2);
NUMBER(TB_OBSERVER_LOSSY, 1);
NUMBER(TB_OBSERVER_TERMINAL, 2);
NUMBER(TB_FILE_APPEND, 1);
NUMBER(TB_FILE_NEW, 2);
NUMBER(TB_TERMINAL_INTERACTIVE, 1);
NUMBER(TB_TERMINAL_UNICODE, 2);
NUMBER(TB_TERMINAL_COLOR, 4);
NUMBER(TB_ABI_MAJOR, 1);
