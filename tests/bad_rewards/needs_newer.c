/* Needs a host that does not exist yet. */
#define NEEDS_MINOR 99
#include "describe_reward.h"
DESCRIBE("needs_newer", "needs version 1.99");
