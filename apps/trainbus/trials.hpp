// The synthetic runs that `plugins check` drives a plugin through.
#pragma once

#include <functional>
#include <span>

#include "core/event.hpp"

namespace trainbus::cli {

using Publish = std::function<void(Event&)>;

struct Trial {
  const char* name;
  void (*run)(const Publish& publish);  // from on_train_begin to on_train_end
};

std::span<const Trial> trials();

}  // namespace trainbus::cli
