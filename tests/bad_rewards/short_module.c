/* Its module struct ends before the fields of 1.0 do. */
#define MODULE_SIZE 8
#include "describe_reward.h"
DESCRIBE("short_module", "too small a module");
