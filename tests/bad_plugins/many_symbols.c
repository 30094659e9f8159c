/* Shows the world more than the one symbol that it should. */
#include "describe.h"
__attribute__((visibility("default"))) int write_log(void);
__attribute__((visibility("default"))) int write_log(void) { return 0; }
DESCRIBE("many_symbols", "exports more than its module");
