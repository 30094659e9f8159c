#pragma once

#include <trainbus/plugin.hpp>

#include <string>

struct AllHooks : trainbus::MetricObserver {
  using Event = trainbus::Event;
  using Metrics = trainbus::Metrics;

  static constexpr trainbus::Option options[] = {
      {"path", "path", "out.txt", "file"},
      {"side", "choice", "plus", "which side", {"plus", "minus"}},
      {.name = "every", .type = "int", .fallback = "3", .help = "steps", .min = 1, .max = 10},
      {"ratio", "real", "0.25", "a ratio"},
      {"loud", "bool", "true", "whether to be loud"},
  };
  static constexpr const char* metrics[] = {"calls", "twice"};
  static constexpr std::uint32_t flags = TB_OBSERVER_LOSSY;
  static constexpr const char* url = "https://example.org/all";
  static constexpr const char* license = "MIT";

  void on_train_begin(const Event& e, Metrics& out) override { saw(e, out, "on_train_begin"); }
  void on_epoch_begin(const Event& e, Metrics& out) override { saw(e, out, "on_epoch_begin"); }
  void on_epoch_end(const Event& e, Metrics& out) override { saw(e, out, "on_epoch_end"); }
  void on_step_begin(const Event& e, Metrics& out) override { saw(e, out, "on_step_begin"); }
  void on_forward(const Event& e, Metrics& out) override { saw(e, out, "on_forward"); }
  void on_backward(const Event& e, Metrics& out) override { saw(e, out, "on_backward"); }
  void on_optimizer_step(const Event& e, Metrics& out) override {
    saw(e, out, "on_optimizer_step");
  }
  void on_step(const Event& e, Metrics& out) override { saw(e, out, "on_step"); }
  void on_eval_begin(const Event& e, Metrics& out) override { saw(e, out, "on_eval_begin"); }
  void on_prediction_step(const Event& e, Metrics& out) override {
    saw(e, out, "on_prediction_step");
  }
  void on_evaluate(const Event& e, Metrics& out) override { saw(e, out, "on_evaluate"); }
  void on_save(const Event& e, Metrics& out) override { saw(e, out, "on_save"); }
  void on_exception(const Event& e, Metrics& out) override { saw(e, out, "on_exception"); }
  void on_histogram(const Event& e, Metrics& out) override { saw(e, out, "on_histogram"); }
  void on_train_end(const Event& e, Metrics& out) override { saw(e, out, "on_train_end"); }

  std::string save_state() const override { return std::to_string(calls); }
  void load_state(std::string_view bytes) override { calls = std::stod(std::string(bytes)); }

  double calls = 0;

 private:
  void saw(const Event& event, Metrics& out, std::string_view hook) {
    if (event.name() != hook) throw std::logic_error("the wrong hook was called");
    out.emit("calls", ++calls);
  }
};
