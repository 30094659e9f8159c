// Plugin: what the catalog returns.
#include "core/host/catalog.hpp"

namespace trainbus {

std::string_view Plugin::version() const {
  if (observer) return observer->version;
  if (reward) return reward->version;
  return engine ? engine->version : "";
}

std::string_view Plugin::summary() const {
  if (observer) return observer->summary;
  if (reward) return reward->summary;
  return engine ? engine->summary : "";
}

std::string_view Plugin::role() const {
  if (reward) return "reward";
  if (!observer) return engine ? engine->kind : "optimizer";
  switch (observer->role) {
    case TB_ROLE_METRIC:
      return "metric";
    case TB_ROLE_CONTROL:
      return "control";
    default:
      return "sink";
  }
}

std::vector<Option> Plugin::options() const {
  std::vector<Option> result;
  const auto take = [&](const auto& described) {
    for (std::size_t i = 0; i < described.option_count; ++i)
      result.push_back(option_from(*described.options[i]));
  };
  if (observer) take(*observer);
  if (reward) take(*reward);
  if (engine) take(*engine);
  return result;
}

}  // namespace trainbus
