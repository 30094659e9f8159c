// The trials of `plugins check`, each in its own process.
#pragma once

#include <span>

#include "subject.hpp"

namespace trainbus::cli {

struct Trial {
  const char* name;
  // Throws RunError if the plugin fails it.
  void (*run)(const Subject& subject);
  // Null: for every plugin.
  bool (*concerns)(const tb_observer& observer) = nullptr;
};

std::span<const Trial> trials();

// Longer trials, one file each.
void state_that_is_saved_and_loaded(const Subject& subject);
void events_from_changing_threads(const Subject& subject);
void two_instances_at_once(const Subject& subject);
void hundred_thousand_steps(const Subject& subject);

}  // namespace trainbus::cli
