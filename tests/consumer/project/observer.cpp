// A third-party program: its own observer on trainbus's bus.
#include <cstdio>

#include "core/bus/bus.hpp"

int main() {
  const tb_text loss = trainbus::intern("loss");
  trainbus::Bus bus;
  bus.observe("printer", trainbus::Role::Sink, 1U << TB_ON_STEP, [&](trainbus::Event& event) {
    std::printf("%s %d: loss %g\n", trainbus::event_name(event.kind).data(),
                static_cast<int>(event.step), *event.find(loss));
  });
  trainbus::Event event;
  event.step = 7;
  event.set(loss, 2.5);
  bus.publish(event);
}
