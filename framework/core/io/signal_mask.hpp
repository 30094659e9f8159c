// Which thread gets the process's signals: the launcher's own, so all others block them.
#pragma once

#include <pthread.h>
#include <signal.h>

namespace trainbus {

// For a thread of ours, as it starts. What a thread's own fault raises stays open.
inline void block_signals() {
  sigset_t all;
  sigfillset(&all);
  for (const int crash : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) sigdelset(&all, crash);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);
}

}  // namespace trainbus
