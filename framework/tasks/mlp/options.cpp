#include <trainbus/plugin/option_schema.hpp>

#include "tasks/mlp/task.hpp"
#include "tasks/task_bounds.hpp"

namespace trainbus::tasks {

std::vector<Option> SyntheticMlp::options() {
  return {option::integer("features", "8", "width of a point").min(1).max(65536),
          option::integer("classes", "2", "of labels").min(2).max(65536),
          option::integer("examples", "1024", "points to train on").min(1).max(most_examples)};
}

}  // namespace trainbus::tasks
