/* Its observer struct ends before the fields of 1.0 do. */
#define OBSERVER_SIZE 16
#include "describe.h"
DESCRIBE("short_observer", "too small an observer");
