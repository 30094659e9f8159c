/* Crashes while an instance is created. */
#include <trainbus/plugin.h>
static void* crash(const tb_host* host, tb_error* error);
#define CREATE crash
#include "describe.h"
static void* crash(const tb_host* host, tb_error* error) {
  (void)host, (void)error;
  *(volatile int*)0 = 1;
  return &instance;
}
DESCRIBE("crashes_in_create", "crashes in create");
