/* Exports a reward and observers from one file. */
#include "describe_reward.h"
DESCRIBE("both_kinds", "is two things");
static const tb_observer* const observers[] = {0};
__attribute__((visibility("default"))) const tb_module trainbus_module_v1 = {
    sizeof(tb_module), TB_ABI_MAJOR, TB_ABI_MINOR, 0, observers, "tests"};
