// What the numbers of a run's model depend on beside its parameters.
#pragma once

#include <string>

#include "subject.hpp"

namespace trainbus {

// A JSON object in the words of config.json, without what changes no number; "{}" for models that
// have no configuration.
std::string configuration_of(const Subject& subject);

}  // namespace trainbus
