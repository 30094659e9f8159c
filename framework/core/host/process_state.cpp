#include "core/host/process_state.hpp"

#include <sys/stat.h>

#include <atomic>
#include <clocale>
#include <cstring>
#include <system_error>

#include "core/io/log.hpp"

namespace trainbus {
namespace {

std::string current_locale() {
  const char* name = std::setlocale(LC_ALL, nullptr);
  return name ? name : "";
}

std::filesystem::path current_directory() {
  std::error_code gone;
  return std::filesystem::current_path(gone);
}

mode_t current_umask() {
  const mode_t mask = ::umask(077);  // it can only be read by setting it
  ::umask(mask);
  return mask;
}

bool same_action(const struct sigaction& a, const struct sigaction& b) {
  // Whether the C library's return code is there (SA_RESTORER) depends on who set the action last.
  constexpr int restorer = 0x04000000;
  return ((a.sa_flags ^ b.sa_flags) & ~restorer) == 0 && a.sa_handler == b.sa_handler;
}

bool same_signals(const sigset_t& a, const sigset_t& b) {
  for (int number = 1; number < NSIG; ++number)
    if (sigismember(&a, number) != sigismember(&b, number)) return false;
  return true;
}

std::string instead(const std::string& what, const std::string& found, const std::string& was) {
  return what + " (\"" + found + "\" instead of \"" + was + "\")";
}

}  // namespace

ProcessState::ProcessState()
    : locale_(current_locale()), directory_(current_directory()), umask_(current_umask()) {
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_);
  for (int number = 1; number < signal_count; ++number)
    if (::sigaction(number, nullptr, &actions_[number]) != 0)
      std::memset(&actions_[number], 0, sizeof actions_[number]);
}

std::vector<std::string> ProcessState::restore() const {
  std::vector<std::string> changed;
  if (floats_.restore())
    changed.push_back("the floating-point settings (rounding, denormals or traps)");
  if (const std::string found = current_locale(); found != locale_) {
    changed.push_back(instead("the locale", found, locale_));
    std::setlocale(LC_ALL, locale_.c_str());
  }
  if (const auto found = current_directory(); found != directory_) {
    changed.push_back(instead("the working directory", found.string(), directory_.string()));
    std::error_code gone;
    std::filesystem::current_path(directory_, gone);
  }
  if (current_umask() != umask_) {
    changed.push_back("the umask");
    ::umask(umask_);
  }
  sigset_t mask;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  if (!same_signals(mask, mask_)) {
    changed.push_back("the signals that are blocked");
    pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
  }
  for (int number = 1; number < signal_count; ++number) {
    struct sigaction now;
    if (::sigaction(number, nullptr, &now) != 0 || same_action(now, actions_[number])) continue;
    const char* name = ::sigabbrev_np(number);
    changed.push_back("the handling of signal " +
                      (name ? std::string(name) : std::to_string(number)));
    ::sigaction(number, &actions_[number], nullptr);
  }
  return changed;
}

namespace {
std::atomic<int> change_count = 0;
}

int ProcessStateGuard::changes() { return change_count; }

ProcessStateGuard::~ProcessStateGuard() {
  const std::vector<std::string> changed = before_.restore();
  if (changed.empty()) return;
  ++change_count;
  std::string list = changed.front();
  for (std::size_t i = 1; i < changed.size(); ++i) list += ", " + changed[i];
  log::warning(who_ + " changed " + list + "; it was put back.");
}

}  // namespace trainbus
