/* Refuses to be created, with a message. */
#include <trainbus/reward.h>
static void* refuse(const tb_host* host, tb_error* error);
#define CREATE refuse
#include "describe_reward.h"
static void* refuse(const tb_host* host, tb_error* error) {
  (void)host, (void)error;
  set_error(error, "the judge is on holiday");
  return 0;
}
DESCRIBE("create_fails", "cannot be created");
