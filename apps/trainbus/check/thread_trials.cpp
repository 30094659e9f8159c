// The guarantees about threads: an instance's events are never concurrent but may come from any
// thread; instances are independent.
#include <array>
#include <exception>
#include <thread>

#include "core/io/error.hpp"
#include "synthetic_run.hpp"
#include "trials.hpp"

namespace trainbus::cli {

void events_from_changing_threads(const Subject& subject) {
  Instance instance(subject);
  const Publish publish = [&](Event& event) {
    std::thread([&] { instance.publish(event); }).join();
  };
  synthetic::begin(publish, 10);
  synthetic::steps(publish, 1, 10);
  synthetic::end(publish, 10);
  instance.destroy();
  instance.check();
}

void two_instances_at_once(const Subject& subject) {
  // Each has its own record, since threads must not share one.
  std::array<Record, 2> records;
  const std::array<Subject, 2> subjects = {
      Subject{subject.plugin, subject.options, subject.folder, subject.limit_s, records[0]},
      Subject{subject.plugin, subject.options, subject.folder, subject.limit_s, records[1]}};
  subject.record.enter("one of two instances");
  Instance first(subjects[0], "first"), second(subjects[1], "second");
  const auto run = [](Instance& instance) {
    const Publish publish = [&](Event& event) { instance.publish(event); };
    synthetic::begin(publish, 500);
    synthetic::steps(publish, 1, 500);
    synthetic::end(publish, 500);
  };
  std::thread other([&] { run(second); });
  run(first);
  other.join();
  first.destroy();
  second.destroy();
  subject.record.leave();
  first.check();
  second.check();
}

}  // namespace trainbus::cli
