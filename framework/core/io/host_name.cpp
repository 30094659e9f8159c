#include "core/io/host_name.hpp"

#include <unistd.h>

#include <array>

namespace trainbus {

std::string host_name() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] ? name.data() : "unknown";
}

}  // namespace trainbus
