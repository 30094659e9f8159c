// The main function of trainbus-isolate: runs a plugin for the training process at the other end of
// descriptor 3.
#pragma once

#include "core/export.hpp"

namespace trainbus {

// Returns the exit code.
TRAINBUS_EXPORT int run_isolated_plugin();

}  // namespace trainbus
