/* Ends the process from a constructor, with success. */
#include <stdlib.h>
#include "describe.h"
__attribute__((constructor)) static void leave(void) { exit(0); }
DESCRIBE("exits_at_load", "ends the process when it is loaded");
