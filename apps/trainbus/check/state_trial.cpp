// trainbus.state/1: another instance loads the saved state and saves it again.
#include "core/io/error.hpp"
#include "synthetic_run.hpp"
#include "trials.hpp"

namespace trainbus::cli {
namespace {

std::string saved(Instance& instance, Record& record) {
  record.enter("save (trainbus.state/1)");
  std::string bytes = instance.observer().save_state();
  record.leave();
  return bytes;
}

void load(Instance& instance, const std::string& bytes, Record& record) {
  record.enter("load (trainbus.state/1)");
  instance.observer().load_state(bytes);
  record.leave();
}

}  // namespace

void state_that_is_saved_and_loaded(const Subject& subject) {
  Instance before(subject, "before");
  const Publish publish = [&](Event& event) { before.publish(event); };
  synthetic::begin(publish, 100);
  synthetic::steps(publish, 1, 50);
  before.check();
  const std::string state = saved(before, subject.record);
  Instance after(subject, "after");
  load(after, state, subject.record);
  const std::string again = saved(after, subject.record);
  if (again != state)
    throw RunError("it saved " + std::to_string(state.size()) +
                       " bytes of state; an instance that loaded them saved " +
                       std::to_string(again.size()) + " others",
                   "", "");
  // Invalid state may be refused or ignored, and must not crash.
  Instance confused(subject, "confused");
  try {
    load(confused, "this is not what it saved", subject.record);
  } catch (const PluginError&) {
    subject.record.leave();
  }
}

}  // namespace trainbus::cli
