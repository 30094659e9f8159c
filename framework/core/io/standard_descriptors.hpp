// Standard input, output and error are open, whoever started the process.
#pragma once

#include "core/export.hpp"

namespace trainbus {

// Opens /dev/null in the place of those of the descriptors 0, 1 and 2 that are closed, as daemons
// and schedulers leave them. Otherwise the next file would get such a number, and what is meant for
// the screen would be written into a journal. First thing in main.
TRAINBUS_EXPORT void open_standard_descriptors();

}  // namespace trainbus
