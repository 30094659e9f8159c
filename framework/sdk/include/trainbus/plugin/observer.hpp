// The base classes of observers: one empty virtual function per hook. Override what you need, with
// `override`, in public: the host only sends events whose hooks are overridden.
#pragma once

#include <trainbus/plugin/control.hpp>
#include <trainbus/plugin/event.hpp>
#include <trainbus/plugin/metrics.hpp>

#include <string>
#include <string_view>

namespace trainbus {
inline namespace plugin_v1 {
namespace detail {

// Calls on one instance are never concurrent, but may come from any thread. The host catches,
// counts and logs exceptions of hooks; after three failures in a row the observer is quarantined.
template <class... Out>
class Hooks {
 public:
  virtual ~Hooks() = default;

  // All is loaded. text: the resolved run as JSON; metrics(); total_steps, initial_step.
  virtual void on_train_begin(const Event&, Out&...) {}
  virtual void on_epoch_begin(const Event&, Out&...) {}
  virtual void on_epoch_end(const Event&, Out&...) {}
  // Before the first micro-batch: lr, the one that this step will use.
  virtual void on_step_begin(const Event&, Out&...) {}
  // After every training forward: loss, side (+1, -1, 0), micro, micro_count, tokens, forwards.
  virtual void on_forward(const Event&, Out&...) {}
  // After every backward: micro, micro_count.
  virtual void on_backward(const Event&, Out&...) {}
  // The window's gradient is known: grad_norm or projected_grad.
  virtual void on_optimizer_step(const Event&, Out&...) {}
  // The step is done or skipped (skipped = 1): loss, lr, … and all metrics.
  virtual void on_step(const Event&, Out&...) {}
  virtual void on_eval_begin(const Event&, Out&...) {}
  // One batch of an evaluation is done: batch, batches.
  virtual void on_prediction_step(const Event&, Out&...) {}
  // The result of an evaluation: eval/….
  virtual void on_evaluate(const Event&, Out&...) {}
  // A checkpoint is on disk; text: its path.
  virtual void on_save(const Event&, Out&...) {}
  // Something was thrown in the loop; text: what.
  virtual void on_exception(const Event&, Out&...) {}
  // A tensor's numbers; text: its name; count, min, max, mean, std, nonfinite; the buckets by
  // Host::histogram(event).
  virtual void on_histogram(const Event&, Out&...) {}
  // Always, once, last; text: completed | stopped: … | interrupted: … | failed: ….
  virtual void on_train_end(const Event&, Out&...) {}

  // Every event, also of kinds that only later hosts have. The default calls the hooks above.
  // Override it instead of them to log all events.
  virtual void on_event(const Event& event, Out&... out) {
    switch (event.kind()) {
      case TB_ON_TRAIN_BEGIN:
        return on_train_begin(event, out...);
      case TB_ON_EPOCH_BEGIN:
        return on_epoch_begin(event, out...);
      case TB_ON_EPOCH_END:
        return on_epoch_end(event, out...);
      case TB_ON_STEP_BEGIN:
        return on_step_begin(event, out...);
      case TB_ON_FORWARD:
        return on_forward(event, out...);
      case TB_ON_BACKWARD:
        return on_backward(event, out...);
      case TB_ON_OPTIMIZER_STEP:
        return on_optimizer_step(event, out...);
      case TB_ON_STEP:
        return on_step(event, out...);
      case TB_ON_EVAL_BEGIN:
        return on_eval_begin(event, out...);
      case TB_ON_PREDICTION_STEP:
        return on_prediction_step(event, out...);
      case TB_ON_EVALUATE:
        return on_evaluate(event, out...);
      case TB_ON_SAVE:
        return on_save(event, out...);
      case TB_ON_EXCEPTION:
        return on_exception(event, out...);
      case TB_ON_HISTOGRAM:
        return on_histogram(event, out...);
      case TB_ON_TRAIN_END:
        return on_train_end(event, out...);
      default:
        return;
    }
  }

  // State that a resumed run continues with: override both or none. load_state gets the bytes that
  // save_state of this or an older version returned, before any event; it throws if they are
  // invalid. Loops without a journal use it; `trainbus resume` publishes the run's events again
  // instead.
  virtual std::string save_state() const { return {}; }
  virtual void load_state(std::string_view) {}
};

}  // namespace detail

// A sink: sees every event complete, with all metrics.
class Observer : public detail::Hooks<> {};

// A metric observer: is called before the sinks and may add numbers to the event. It declares their
// names in `static constexpr const char* metrics[]`, so that a table knows its columns from the
// start.
class MetricObserver : public detail::Hooks<Metrics> {};

namespace detail {
struct ControlAccess;
}

// A control observer: is called by the training thread, before all others see the event, and may
// ask the run to stop, save or evaluate. It sees the engine's numbers, without those of metric
// observers. A slow one delays the training, so it should only decide and write no files.
class ControlObserver : public detail::Hooks<Control> {
 private:
  friend struct detail::ControlAccess;
  const tb_control_api* control_api_ = nullptr;
  const tb_host* control_host_ = nullptr;
};

namespace detail {

// Sets (right after construction) and gets the host's control service.
struct ControlAccess {
  static void set(ControlObserver& observer, const tb_control_api* api, const tb_host& host) {
    observer.control_api_ = api;
    observer.control_host_ = &host;
  }
  static Control get(const ControlObserver& observer) {
    return Control(*observer.control_api_, *observer.control_host_);
  }
};

}  // namespace detail

}  // namespace plugin_v1
}  // namespace trainbus
