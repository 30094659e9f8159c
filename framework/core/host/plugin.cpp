// Plugin: what the catalog returns.
#include "core/host/catalog.hpp"

namespace trainbus {

std::string_view Plugin::version() const {
  if (observer) return observer->version;
  return engine ? engine->version : "";
}

std::string_view Plugin::summary() const {
  if (observer) return observer->summary;
  return engine ? engine->summary : "";
}

std::string_view Plugin::role() const {
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
  const std::size_t count = observer ? observer->option_count : engine ? engine->option_count : 0;
  const tb_option* const* schema = observer ? observer->options
                                   : engine ? engine->options
                                            : nullptr;
  std::vector<Option> result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(option_from(*schema[i]));
  return result;
}

}  // namespace trainbus
