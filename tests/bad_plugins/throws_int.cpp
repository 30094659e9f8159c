// Throws something that is no std::exception.
#include <trainbus/plugin.hpp>

struct ThrowsInt : trainbus::Observer {
  void on_step(const trainbus::Event&) override { throw 42; }
};
TRAINBUS_OBSERVER(ThrowsInt, "throws_int", "1.0.0", "throws an int at every step");
