/* create changes what belongs to the whole process: locale, directory, rounding, umask, a signal.
 */
#define _POSIX_C_SOURCE 200809L
#include <fenv.h>
#include <locale.h>
#include <signal.h>
#include <sys/stat.h>
#include <trainbus/plugin.h>
#include <unistd.h>
static void* meddle(const tb_host* host, tb_error* error);
#define CREATE meddle
#include "describe.h"
static void* meddle(const tb_host* host, tb_error* error) {
  (void)host, (void)error;
  setlocale(LC_ALL, "C.UTF-8");
  fesetround(FE_UPWARD);
  umask(S_IRWXG | S_IRWXO);
  signal(SIGUSR2, SIG_IGN);
  if (chdir("/") != 0) {
    set_error(error, "cannot change the directory");
    return NULL;
  }
  return &instance;
}
DESCRIBE("meddles", "changes the process it runs in");
