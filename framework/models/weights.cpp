#include "models/weights.hpp"

#include "models/direction.hpp"

namespace trainbus {

Weights::~Weights() = default;
Direction::~Direction() = default;

}  // namespace trainbus
