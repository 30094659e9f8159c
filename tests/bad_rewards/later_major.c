/* Exports the symbol of version 2 and not that of version 1. */
#define SYMBOL trainbus_reward_v2
#include "describe_reward.h"
DESCRIBE("later_major", "is of version 2");
