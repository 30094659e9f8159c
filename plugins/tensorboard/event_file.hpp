// The one event file of this process: a new one for each attempt, since what follows a torn record
// in an old file is lost to every reader.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <trainbus/plugin.hpp>

namespace trainbus::tensorboard {

class EventFile {
 public:
  explicit EventFile(const Host& host) : host_(host) {}

  // Names the file, later than all that stand there, and sets what it begins with. It is created by
  // the first append that succeeds.
  void begin(std::int64_t unix_s, std::int64_t newest_s, std::string head);

  // One write. Throws std::runtime_error; the file is then as it was, and the next append may work.
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
