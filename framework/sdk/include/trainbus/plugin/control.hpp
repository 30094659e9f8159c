// What a control observer may ask of the run (trainbus.control/1, since 1.1).
#pragma once

#include <trainbus/plugin/text.hpp>

#include <cstdint>

namespace trainbus {
inline namespace plugin_v1 {

// Passed to the hooks of a ControlObserver, valid during the call. A request made while an event of
// step s is handled takes effect when step s is done: first the evaluation, then the save, then the
// stop. The reason is one phrase for users; it is recorded in run.json with the observer's name
// and, for a stop, shown at the end of the run. All three throw if the host refuses, as after the
// run's end.
class Control {
 public:
  Control(const tb_control_api& api, const tb_host& host) : api_(&api), host_(&host) {}

  void stop(Text reason) { request(TB_REQUEST_STOP, reason); }
  // A checkpoint of the model as it is after this step.
  void save(Text reason) { request(TB_REQUEST_SAVE, reason); }
  // An evaluation on the validation split.
  void evaluate(Text reason) { request(TB_REQUEST_EVALUATE, reason); }

 private:
  void request(std::uint32_t what, Text reason) {
    detail::check([&](tb_error* error) { return api_->request(host_, what, reason, error); });
  }
  const tb_control_api* api_;
  const tb_host* host_;
};

}  // namespace plugin_v1
}  // namespace trainbus
