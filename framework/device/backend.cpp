#include "device/backend.hpp"

namespace trainbus::device {

Target::~Target() = default;
Passes::~Passes() = default;
Work::~Work() = default;
Mark::~Mark() = default;
Backend::~Backend() = default;

}  // namespace trainbus::device
