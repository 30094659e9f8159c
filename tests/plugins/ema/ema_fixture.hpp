// An ema instance and the events of training steps.
#pragma once

#include <trainbus/plugin_testing.hpp>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

struct EmaFixture {
  using Options = std::initializer_list<std::pair<const char*, const char*>>;

  EmaFixture(Options options = {}) : host(observer()), instance(made(options), host) {}

  static const tb_observer& observer() { return *trainbus_module_v1.observers[0]; }

  // What ema emits for one training forward.
  std::optional<double> forward(double loss, double side = 0, std::uint64_t step = 1,
                                trainbus::Phase phase = trainbus::Phase::Train) {
    using trainbus::testing::EventBuilder;
    instance.publish(
        EventBuilder(TB_ON_FORWARD).step(step).phase(phase).set("loss", loss).set("side", side));
    return instance.emitted_value("loss");
  }

  trainbus::testing::FakeHost host;
  trainbus::testing::Instance instance;

 private:
  const tb_observer& made(Options options) {
    for (const auto& [name, value] : options) host.set(name, value);
    return observer();
  }
};
