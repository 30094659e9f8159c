/* Built for a host of minor version 99. */
#define NEEDS_MINOR 99
#include "describe.h"
DESCRIBE("needs_newer", "needs ABI 1.99");
