/* Built for a later major version, under the symbol of version 1. */
#define ABI_MAJOR 2
#include "describe_reward.h"
DESCRIBE("wrong_major", "claims ABI 2");
