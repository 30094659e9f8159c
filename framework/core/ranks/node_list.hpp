// Slurm's way to write many host names as one text.
#pragma once

#include <string>
#include <string_view>

#include "core/export.hpp"

namespace trainbus::ranks {

// The first host of a node list: "n7" of "n7", "gpu01" of "gpu[01-04,7],login". Empty if the text
// is no node list. See `scontrol show hostnames`.
TRAINBUS_EXPORT std::string first_host(std::string_view node_list);

}  // namespace trainbus::ranks
