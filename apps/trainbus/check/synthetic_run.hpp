// The events of a made-up run, as the trainer would publish them.
#pragma once

#include <cstdint>
#include <functional>

#include "core/bus/event.hpp"

namespace trainbus::cli {

using Publish = std::function<void(Event&)>;

namespace synthetic {

Event event(EventKind kind, std::uint64_t step = 0);

void begin(const Publish& publish, std::uint64_t steps, std::uint64_t initial_step = 0,
           std::uint32_t attempt = 1);
void end(const Publish& publish, std::uint64_t step, const char* reason = "completed");
// A step as a MeZO run has it, or, every tenth, as a first-order run has it.
void step(const Publish& publish, std::uint64_t number, double loss);
void evaluation(const Publish& publish, std::uint64_t number, double loss);
void save(const Publish& publish, std::uint64_t number);
void histogram(const Publish& publish, std::uint64_t number);
// Steps first to last, with an evaluation, a save and a histogram after every hundredth.
void steps(const Publish& publish, std::uint64_t first, std::uint64_t last);

}  // namespace synthetic
}  // namespace trainbus::cli
