// Makes sure that standard input, output and error are open.
#pragma once

#include "core/export.hpp"

namespace trainbus {

// Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed, as daemons and schedulers
// may leave them. Otherwise the next file would get its number, and output for the screen would be
// written into that file, a journal perhaps. Call it first in main.
TRAINBUS_EXPORT void open_standard_descriptors();

}  // namespace trainbus
