// The options that every observer has, whatever plugin it is: which events it gets, and where it
// lives.
#pragma once

#include <vector>

#include "core/bus/observer.hpp"
#include "core/export.hpp"
#include "core/host/option.hpp"

namespace trainbus {

// Those that a plugin with these options of its own gets beside them. Where a plugin has an option
// of the same name, the name means the plugin's.
TRAINBUS_EXPORT std::vector<Option> delivery_options(Role role, const std::vector<Option>& own);

// What they say. own: the plugin's options. Throws UsageError.
TRAINBUS_EXPORT Intake intake_from(const OptionValues& values, const std::vector<Option>& own);

}  // namespace trainbus
