#include <trainbus/plugin/option_schema.hpp>

#include "tasks/parity/task.hpp"

namespace trainbus::tasks {

std::vector<Option> Parity::options() {
  return {option::integer("width", "8", "of the network").min(1).max(1024)};
}

}  // namespace trainbus::tasks
