/* The layout of the reward ABI 1.0 on x86-64, fixed for ever, as layout.c fixes that of observers:
 * compiled with the frozen header and with today's. */
#include REWARD_HEADER
#include <stddef.h>

#ifdef TODAY
#define SIZE(type, bytes) _Static_assert(sizeof(type) >= (bytes), #type " shrank")
#else
#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " is not what 1.0 was")
#endif
#define AT(type, field, bytes) \
  _Static_assert(offsetof(type, field) == (bytes), #type "." #field " moved")
#define NUMBER(name, value) _Static_assert((name) == (value), #name " changed")

SIZE(tb_answer, 72);
AT(tb_answer, size, 0);
AT(tb_answer, prompt, 8);
AT(tb_answer, answer, 24);
AT(tb_answer, references, 40);
AT(tb_answer, reference_count, 48);
AT(tb_answer, token_log_probabilities, 56);
AT(tb_answer, token_count, 64);

SIZE(tb_reward, 104);
AT(tb_reward, size, 0);
AT(tb_reward, flags, 4);
AT(tb_reward, needs_minor, 8);
AT(tb_reward, reserved, 12);
AT(tb_reward, id, 16);
AT(tb_reward, version, 24);
AT(tb_reward, summary, 32);
AT(tb_reward, url, 40);
AT(tb_reward, license, 48);
AT(tb_reward, options, 56);
AT(tb_reward, option_count, 64);
AT(tb_reward, create, 72);
AT(tb_reward, score, 80);
AT(tb_reward, destroy, 88);
AT(tb_reward, extension, 96);

SIZE(tb_reward_module, 32);
AT(tb_reward_module, size, 0);
AT(tb_reward_module, abi_major, 4);
AT(tb_reward_module, abi_minor, 8);
AT(tb_reward_module, reward_count, 12);
AT(tb_reward_module, rewards, 16);
AT(tb_reward_module, built_with, 24);

NUMBER(TB_REWARD_CONCURRENT, 1);
NUMBER(TB_REWARD_ABI_MAJOR, 1);
