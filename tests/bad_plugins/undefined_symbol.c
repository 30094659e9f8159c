/* Needs a function that nobody has. */
#include <trainbus/plugin.h>
void trainbus_function_that_nobody_has(void);
static void* call(const tb_host* host, tb_error* error);
#define CREATE call
#include "describe.h"
static void* call(const tb_host* host, tb_error* error) {
  (void)host, (void)error;
  trainbus_function_that_nobody_has();
  return &instance;
}
DESCRIBE("undefined_symbol", "has an undefined symbol");
