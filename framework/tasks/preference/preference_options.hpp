// The options of preferences: rows as pairs, and the loss.
#pragma once

#include "core/export.hpp"
#include "core/host/option.hpp"
#include "tasks/multiple_choice/choice_examples.hpp"

namespace trainbus::tasks {

constexpr double default_gamma = 0.5;  // of the option gamma

// values: for Preference::options(), see task.hpp.
TRAINBUS_EXPORT ChoiceOptions pair_options(const OptionValues& values);

}  // namespace trainbus::tasks
