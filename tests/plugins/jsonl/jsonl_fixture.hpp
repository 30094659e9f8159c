// Runs of the jsonl observer over an in-memory run directory that outlives the instance.
#pragma once

#include <boost/json.hpp>
#include <trainbus/plugin_testing.hpp>

#include <cstdint>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

struct JsonlFixture {
  using EventBuilder = trainbus::testing::EventBuilder;

  trainbus::testing::FakeHost host{*trainbus_module_v1.observers[0]};
  std::unique_ptr<trainbus::testing::Instance> jsonl;
  std::uint32_t attempt = 0;

  void create() {
    jsonl.reset();
    jsonl = std::make_unique<trainbus::testing::Instance>(*trainbus_module_v1.observers[0], host);
    ++attempt;
  }
  EventBuilder event(std::uint32_t kind, std::uint64_t step) const {
    return EventBuilder(kind).step(step).attempt(attempt);
  }
  void start(std::uint64_t step = 0) {
    create();
    jsonl->publish(event(TB_ON_TRAIN_BEGIN, step));
  }
  bool step(std::uint64_t number, trainbus::Phase phase = trainbus::Phase::Train) {
    return jsonl->publish(event(TB_ON_STEP, number).phase(phase).set("loss", 1));
  }

  std::string text() const { return host.files.get("metrics.jsonl"); }
  // Every line, parsed by a reader that is not ours.
  std::vector<boost::json::object> lines() const {
    std::vector<boost::json::object> all;
    std::istringstream in(text());
    for (std::string line; std::getline(in, line);)
      all.push_back(boost::json::parse(line).as_object());
    return all;
  }
  // "step 3, evaluate 3, …"
  std::string summary() const {
    std::string all;
    for (const auto& line : lines()) {
      if (!all.empty()) all += ", ";
      all.append(line.at("type").as_string()).append(" ");
      all += std::to_string(line.at("step").to_number<std::uint64_t>());
    }
    return all;
  }
};
