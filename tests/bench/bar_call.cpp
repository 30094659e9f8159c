#include "bar_call.hpp"

#include <trainbus/plugin_testing.hpp>

#include <chrono>
#include <stdexcept>

namespace trainbus::bench {
namespace {

using testing::EventBuilder;

tb_status nothing(void*, const tb_event*, tb_metrics*, tb_error*) { return TB_OK; }

double call_ns(tb_status (*on_event)(void*, const tb_event*, tb_metrics*, tb_error*), void* self,
               tb_event event) {
  constexpr std::uint64_t calls = 5'000'000;
  tb_error error{};
  const auto begin = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < calls; ++i) {
    event.step = 2 + i;
    __asm__ volatile("" ::: "memory");  // the event is read again each time
    on_event(self, &event, nullptr, &error);
  }
  const auto spent = std::chrono::steady_clock::now() - begin;
  return std::chrono::duration<double, std::nano>(spent).count() / calls;
}

}  // namespace

BarCall bar_call(const tb_observer& progress) {
  testing::FakeHost host(progress);
  tb_error error{};
  void* const self = progress.create(&host.raw(), &error);
  EventBuilder begin(TB_ON_TRAIN_BEGIN), step(TB_ON_STEP), forward(TB_ON_FORWARD);
  const auto handle = [&](EventBuilder& event) {
    progress.on_event(self, &event.build(), nullptr, &error);
  };
  handle(begin.set("total_steps", 1e9));
  handle(step.step(1).run_ns(1'000'000'000).set("loss", 1).set("lr", 1e-6).set("skipped_steps", 0));
  handle(forward.step(1).run_ns(1'000'000'001).set("loss", 1).set("side", 1));
  const std::size_t drawn = host.terminal.draws.size();
  const tb_event late_step =
      step.run_ns(1'000'000'002).build();  // the next draw is due after 0.1 s
  const tb_event late_forward = forward.run_ns(1'000'000'002).build();
  const BarCall call{call_ns(progress.on_event, self, late_step),
                     call_ns(progress.on_event, self, late_forward),
                     call_ns(nothing, self, late_step)};
  if (host.terminal.draws.size() != drawn) throw std::logic_error("the bar drew");
  progress.destroy(self);
  return call;
}

}  // namespace trainbus::bench
