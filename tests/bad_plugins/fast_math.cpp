// Linked with -ffast-math: loading it switches denormal numbers off in the thread that loads it.
#include <trainbus/plugin.hpp>

struct FastMath : trainbus::Observer {
  void on_step(const trainbus::Event&) override {}
};
TRAINBUS_OBSERVER(FastMath, "fast_math", "1.0.0", "linked with -ffast-math");
