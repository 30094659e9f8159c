/* create says why it cannot. */
#include <trainbus/plugin.h>
static void* refuse(const tb_host* host, tb_error* error);
#define CREATE refuse
#include "describe.h"
static void* refuse(const tb_host* host, tb_error* error) {
  (void)host;
  set_error(error, "the flux capacitor is missing");
  return NULL;
}
DESCRIBE("create_fails", "cannot be created");
