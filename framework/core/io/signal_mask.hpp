// Blocks signals in all threads but the launcher's, which handles them.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace trainbus {

// Call it at the start of a thread. Signals that a thread's own fault raises stay unblocked.
inline void block_signals() {
  sigset_t all;
  sigfillset(&all);
  for (const int crash : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigdelset(&all, crash);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace trainbus
