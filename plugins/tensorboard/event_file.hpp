// The event file of this process: each attempt has a new one, since no reader gets past a torn
// record in an old file.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <trainbus/plugin.hpp>

namespace trainbus::tensorboard {

class EventFile {
 public:
  explicit EventFile(const Host& host) : host_(host) {}

  // Names the file, later than all others there, and sets its first records. The first successful
  // append creates it.
  void begin(std::int64_t unix_s, std::int64_t newest_s, std::string head);

  // One write. Throws std::runtime_error; then the file is unchanged, and the next append may
  // succeed.
  void append(std::string_view records);
  void sync() {
    if (file_.is_open()) file_.sync();
  }
  const std::string& name() const { return name_; }

 private:
  Host host_;
  std::string name_, head_;
  File file_;
};

}  // namespace trainbus::tensorboard
