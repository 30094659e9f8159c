// What control observers ask of a run: to stop, to save, to evaluate; and what becomes of it.
#pragma once

#include <trainbus/plugin.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"

namespace trainbus {

struct ControlRequest {
  enum class What : std::uint32_t {
    Stop = TB_REQUEST_STOP,
    Save = TB_REQUEST_SAVE,
    Evaluate = TB_REQUEST_EVALUATE
  } what = What::Stop;
  std::string author;      // the observer's name
  std::string reason;      // one phrase
  std::uint64_t step = 0;  // of the event at which it was made
};
TRAINBUS_EXPORT std::string_view request_name(ControlRequest::What what);  // stop | save | evaluate

// Collects requests until the trainer takes them, which it does at the end of each step: a request
// made while an event of step s is handled takes effect after step s, in the order evaluation,
// save, stop, so that a repeated run does the same at the same step. If several observers request
// the same thing, it is done once; the first stop request gives the reason of the end. All requests
// are kept in order for the run's record. The training thread only.
class TRAINBUS_EXPORT ControlDesk {
 public:
  // What the trainer has to do now.
  struct Orders {
    bool evaluate = false, save = false;
    std::optional<ControlRequest> stop;
  };

  void open() { open_ = true; }    // when the run begins
  void close() { open_ = false; }  // when it has ended
  // Throws RunError outside a run.
  void request(ControlRequest request);
  bool pending() const { return pending_; }
  Orders take();
  const std::vector<ControlRequest>& history() const { return history_; }

 private:
  bool open_ = false, pending_ = false;
  Orders orders_;
  std::vector<ControlRequest> history_;
};

}  // namespace trainbus
