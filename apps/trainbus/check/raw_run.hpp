// An instance driven through the C interface, on the SDK's fake host. Only for trials that include
// none of the host's classes.
#pragma once

#include <trainbus/plugin_testing.hpp>

#include <stdexcept>
#include <string>

#include "raw_trials.hpp"

namespace trainbus::cli {

class RawRun {
 public:
  // adjust: changes the host before the instance sees it.
  template <class Adjust>
  RawRun(const RawSubject& subject, Adjust adjust) : subject_(subject), host_(subject.observer) {
    for (const auto& [name, value] : subject.options) host_.set(name, value);
    host_.run_directory(subject.folder.string());
    adjust(host_);
    subject_.record.enter("create");
    instance_.emplace(subject_.observer, host_);
    subject_.record.leave();
  }
  explicit RawRun(const RawSubject& subject) : RawRun(subject, [](testing::FakeHost&) {}) {}

  // Throws if the plugin fails.
  void publish(const tb_event& event) {
    subject_.record.enter(view(event.name), event.step);
    const bool handled = instance_->publish(event);
    subject_.record.leave();
    if (!handled)
      throw std::runtime_error(std::string(view(event.name)) + " of step " +
                               std::to_string(event.step) + ": " + instance_->failure);
  }
  void destroy() {
    subject_.record.enter("destroy");
    instance_.reset();
    subject_.record.leave();
  }

  // A short run, each event handed to publish(builder).
  template <class Publish>
  static void short_run(Publish publish) {
    using Builder = testing::EventBuilder;
    publish(Builder(TB_ON_TRAIN_BEGIN)
                .text("{}")
                .metrics({"loss", "lr", "eval/loss"})
                .set("total_steps", 4)
                .set("initial_step", 0));
    for (std::uint64_t step = 1; step <= 4; ++step) {
      publish(Builder(TB_ON_STEP_BEGIN).step(step).set("lr", 1e-6));
      publish(Builder(TB_ON_FORWARD).step(step).set("loss", 2.5).set("side", 1));
      publish(Builder(TB_ON_OPTIMIZER_STEP).step(step).set("projected_grad", 1));
      publish(Builder(TB_ON_STEP).step(step).set("loss", 2.5).set("lr", 1e-6));
    }
    publish(Builder(TB_ON_EVALUATE).step(4).phase(Phase::Evaluation).set("eval/loss", 2.25));
    publish(Builder(TB_ON_TRAIN_END).step(4).text("completed"));
  }

 private:
  const RawSubject& subject_;
  testing::FakeHost host_;
  std::optional<testing::Instance> instance_;
};

}  // namespace trainbus::cli
