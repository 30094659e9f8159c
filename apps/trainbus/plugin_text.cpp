#include "plugin_text.hpp"

#include "core/bus/event.hpp"

namespace trainbus::cli {

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string result;
  for (const std::string& word : words)
    result += (result.empty() ? "" : std::string(between)) + word;
  return result;
}

std::string events_text(const tb_observer& observer) {
  if (observer.wants == ~std::uint64_t{0}) return "all, also those of later versions";
  std::vector<std::string> names;
  for (unsigned kind = 0; kind < TB_KIND_COUNT; ++kind)
    if (observer.wants >> kind & 1) names.emplace_back(event_name(static_cast<EventKind>(kind)));
  return joined(names, ", ");
}

std::string metrics_text(const tb_observer& observer) {
  std::vector<std::string> names;
  for (const char* const* name = observer.metrics; name && *name; ++name)
    names.push_back(std::string(observer.id) + '/' + *name);
  return joined(names, ", ");
}

std::string option_names(const Plugin& plugin) {
  std::vector<std::string> names;
  for (const Option& option : plugin.options()) names.push_back(option.name);
  return joined(names, ", ");
}

std::string threads_text(const tb_reward& reward) {
  return reward.flags & TB_REWARD_CONCURRENT ? "share one instance" : "each has an instance";
}

bool offers_state(const tb_observer& observer) {
  const tb_extension* offered =
      observer.extension ? observer.extension(TB_EXTENSION_STATE) : nullptr;
  return offered && offered->size >= sizeof(tb_state_api);
}

}  // namespace trainbus::cli
