#include "models/families/encoders/stored_names.hpp"

#include <utility>

namespace trainbus {

std::vector<std::string> stored_names(const std::string& parameter, std::string_view prefix) {
  const std::string bare =
      parameter.starts_with(prefix) ? parameter.substr(prefix.size()) : parameter;
  std::vector<std::string> names = {parameter, std::string(prefix) + bare, bare};
  for (const auto& [now, then] :
       {std::pair{"LayerNorm.weight", "LayerNorm.gamma"}, {"LayerNorm.bias", "LayerNorm.beta"}})
    if (parameter.ends_with(now))
      for (std::size_t i = 0; i < 3; ++i) {
        std::string older = names[i];
        names.push_back(
            older.replace(older.size() - std::string_view(now).size(), std::string::npos, then));
      }
  return names;
}

CheckpointMap encoder_checkpoint(const std::vector<Parameters::Shape>& shapes,
                                 std::string_view prefix,
                                 std::initializer_list<const char*> ignored) {
  CheckpointMap map;
  for (const Parameters::Shape& shape : shapes)
    map.rename(shape.name, stored_names(shape.name, prefix));
  for (const char* beginning : ignored) map.ignore(beginning);
  return map;
}

}  // namespace trainbus
