// Throws a std::exception at every step.
#include <trainbus/plugin.hpp>

struct Throws : trainbus::Observer {
  void on_step(const trainbus::Event& event) override {
    throw std::runtime_error("thrown at step " + std::to_string(event.step()));
  }
};
TRAINBUS_OBSERVER(Throws, "throws", "1.0.0", "throws at every step");
