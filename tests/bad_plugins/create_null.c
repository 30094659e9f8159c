/* create fails without a word. */
#include <trainbus/plugin.h>
static void* refuse(const tb_host* host, tb_error* error);
#define CREATE refuse
#include "describe.h"
static void* refuse(const tb_host* host, tb_error* error) {
  (void)host, (void)error;
  return NULL;
}
DESCRIBE("create_null", "cannot be created, and does not say why");
