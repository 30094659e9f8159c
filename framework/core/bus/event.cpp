#include "core/bus/event.hpp"

#include <array>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <unordered_set>

namespace trainbus {
namespace {

constexpr std::array<std::string_view, TB_KIND_COUNT> names = {
    "on_train_begin", "on_epoch_begin",    "on_epoch_end", "on_step_begin", "on_forward",
    "on_backward",    "on_optimizer_step", "on_step",      "on_eval_begin", "on_prediction_step",
    "on_evaluate",    "on_save",           "on_exception", "on_train_end",  "on_histogram",
};

struct Hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

struct InternTable {
  std::shared_mutex mutex;
  std::unordered_set<std::string, Hash, std::equal_to<>> names;  // nodes never move
};

// Leaked on purpose: names must outlive every static object that may still hold one.
InternTable& table() {
  static InternTable* const instance = new InternTable;
  return *instance;
}

}  // namespace

std::string_view event_name(EventKind kind) {
  const auto number = static_cast<std::size_t>(kind);
  return number < names.size() ? names[number] : std::string_view("on_unknown");
}

tb_text intern(std::string_view name) {
  InternTable& known = table();
  {
    const std::shared_lock lock(known.mutex);
    if (const auto found = known.names.find(name); found != known.names.end())
      return {found->data(), found->size()};
  }
  const std::unique_lock lock(known.mutex);
  const std::string& kept = *known.names.emplace(name).first;
  return {kept.data(), kept.size()};
}

}  // namespace trainbus
