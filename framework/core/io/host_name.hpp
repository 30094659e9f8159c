// The machine's name, for people.
#pragma once

#include <string>

#include "core/export.hpp"

namespace trainbus {

// "unknown" if it has none.
TRAINBUS_EXPORT std::string host_name();

}  // namespace trainbus
