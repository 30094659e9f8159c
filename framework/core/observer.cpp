#include "core/observer.hpp"

#include <utility>

namespace trainbus {

Observer::Observer(std::string name, Role role, std::uint64_t wants)
    : name_(std::move(name)), role_(role), wants_(wants) {}
Observer::~Observer() = default;

}  // namespace trainbus
