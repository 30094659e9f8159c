// The plugin under check, and an instance that records its failures.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "core/bus/control.hpp"
#include "core/bus/observer.hpp"
#include "core/host/catalog.hpp"
#include "core/host/option.hpp"
#include "record.hpp"

namespace trainbus::cli {

// A trial's input.
struct Subject {
  const Plugin& plugin;
  const OptionValues& options;
  std::filesystem::path folder;  // empty, writable, removed afterwards
  double limit_s;                // the time limit of the trial's process
  Record& record;
};

// An instance with the host's real services. One thread at a time.
class Instance {
 public:
  // folder: the run directory below the subject's. Throws what make_plugin_observer throws.
  explicit Instance(const Subject& subject, const std::string& folder = "run");
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  void publish(Event& event);
  // Throws if events failed, with their number and the first one's message.
  void check() const;
  Observer& observer() { return *observer_; }
  // Destroys the instance, to measure what is left.
  void destroy();

 private:
  const Subject& subject_;
  ControlDesk desk_;
  std::unique_ptr<Observer> observer_;
  std::uint64_t events_ = 0, failures_ = 0;
  std::string first_failure_;
};

}  // namespace trainbus::cli
