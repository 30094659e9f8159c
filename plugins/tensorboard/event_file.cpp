#include "event_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "history.hpp"

namespace trainbus::tensorboard {
namespace {

std::string host_name() {
  char name[256] = "";
  if (::gethostname(name, sizeof name - 1) != 0 || !name[0]) return "localhost";
  std::string out(name);
  std::replace(out.begin(), out.end(), '/', '_');
  return out;
}

// Readers take files in the order of their names, as text: always ten digits.
std::string ten_digits(std::int64_t seconds) {
  std::string digits = std::to_string(std::clamp<std::int64_t>(seconds, 0, 9'999'999'999));
  return digits.insert(0, 10 - digits.size(), '0');
}

}  // namespace

void EventFile::begin(std::int64_t unix_s, std::int64_t newest_s, std::string head) {
  name_ = std::string(kFilePrefix) + ten_digits(std::max(unix_s, newest_s + 1)) + "." +
          host_name() + "." + std::to_string(::getpid()) + ".0";
  head_ = std::move(head);
  file_ = File();
}

void EventFile::append(std::string_view records) {
  if (!file_.is_open()) file_ = host_.files().create(name_);
  if (head_.empty()) return file_.append(records);
  file_.append(head_ + std::string(records));
  head_.clear();
}

}  // namespace trainbus::tensorboard
