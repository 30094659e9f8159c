// The options that every observer has, whatever its plugin: which events it gets, and whether it
// runs in a process of its own.
#pragma once

#include <vector>

#include "core/bus/observer.hpp"
#include "core/export.hpp"
#include "core/host/option.hpp"

namespace trainbus {

// The delivery options of a plugin whose own options are these. Where a plugin has an option of the
// same name, the name means the plugin's.
TRAINBUS_EXPORT std::vector<Option> delivery_options(Role role, const std::vector<Option>& own);

// The delivery options' values as an Intake. own: the plugin's options. Throws UsageError.
TRAINBUS_EXPORT Intake intake_from(const OptionValues& values, const std::vector<Option>& own);

}  // namespace trainbus
