#include "core/bus/crash_report.hpp"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "core/bus/current_call.hpp"
#include "core/io/mapped_range.hpp"

namespace trainbus {
namespace {

// Only functions that are safe in a signal handler: no allocation, no stdio.
void say(const char* text) {
  if (::write(STDERR_FILENO, text, std::strlen(text)) < 0) return;  // stderr is closed
}

void say_who(const char* what, const char* plugin) {
  say("\ntrainbus: ");
  say(what);
  if (!plugin) return say(".\n");
  const bool loading = std::strchr(plugin, '/');  // a path: the plugin is being loaded
  say(loading ? " while loading the plugin " : " inside the plugin ");
  say(plugin);
  if (loading) return say(". Run without it.\n");
  if (can_leave_out_current()) {
    say(". Leave it out with --without ");
    say(plugin);
    say(", or let it live in a process of its own: --");
  } else {
    say(". Let it live in a process of its own: --");
  }
  say(plugin);
  say(".isolate yes\n");
}

const char* name_of(int signal) {
  switch (signal) {
    case SIGSEGV:
      return "crashed (SIGSEGV)";
    case SIGBUS:
      return "crashed (SIGBUS)";
    case SIGFPE:
      return "crashed (SIGFPE)";
    case SIGILL:
      return "crashed (SIGILL)";
    default:
      return "aborted (SIGABRT)";
  }
}

// SA_RESETHAND has restored the default action: returning repeats the fault, which then ends the
// process with a core file as usual. A mapped file that lost its end is no crash.
void on_crash(int signal, siginfo_t* info, void*) {
  if (const char* path = signal == SIGBUS ? path_mapped_at(info->si_addr) : nullptr) {
    say("\ntrainbus: error: ");
    say(path);
    say(": was cut off while it was read. Write the new file beside it and rename it, then run "
        "again.\n");
    std::_Exit(1);
  }
  say_who(name_of(signal), current_plugin());
  ::raise(signal);
}

void on_exit() {
  if (!current_plugin()) return;
  say_who("exit() was called", current_plugin());
  std::_Exit(1);
}

}  // namespace

void install_crash_report() {
  struct sigaction action {};
  action.sa_sigaction = on_crash;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER | SA_SIGINFO);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
    ::sigaction(signal, &action, nullptr);
  std::atexit(on_exit);
}

}  // namespace trainbus
