/* Its description ends before the fields of 1.0 do. */
#define REWARD_SIZE 16
#include "describe_reward.h"
DESCRIBE("short_reward", "too small a description");
