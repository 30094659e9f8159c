/* Writes through a null pointer while it is created. */
#include <trainbus/reward.h>
static void* crash(const tb_host* host, tb_error* error);
#define CREATE crash
#include "describe_reward.h"
static void* crash(const tb_host* host, tb_error* error) {
  (void)host, (void)error;
  *(volatile int*)0 = 1;
  return 0;
}
DESCRIBE("crashes_in_create", "crashes when created");
