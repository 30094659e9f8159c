/* Crashes in a constructor: whoever loads it dies, before it can ask anything. */
#include "describe.h"
__attribute__((constructor)) static void crash(void) {
  volatile int* volatile nowhere = NULL;
  *nowhere = 1;
}
DESCRIBE("crashes_at_load", "crashes when it is loaded");
