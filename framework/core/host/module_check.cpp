#include "core/host/module_check.hpp"

#include <cstddef>
#include <string>
#include <string_view>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

// The size of the structs of version 1.0; later fields are optional.
constexpr std::size_t module_size_1_0 = offsetof(tb_module, built_with) + sizeof(void*);
constexpr std::size_t observer_size_1_0 = offsetof(tb_observer, extension) + sizeof(void*);
constexpr std::size_t option_size_1_0 = offsetof(tb_option, choices) + sizeof(void*);
constexpr std::size_t reward_module_size_1_0 =
    offsetof(tb_reward_module, built_with) + sizeof(void*);
constexpr std::size_t reward_size_1_0 = offsetof(tb_reward, extension) + sizeof(void*);

const char* const update = "Update trainbus, or use an older release of the plugin.";

std::string version_text(unsigned major, unsigned minor) {
  return std::to_string(major) + "." + std::to_string(minor);
}

class Checker {
 public:
  Checker(const std::filesystem::path& file, const std::string& header)
      : file_(file.string()), rebuild_("Rebuild it with this trainbus's header " + header + ".") {}

  void require(bool good, const std::string& found) const { require(good, found, rebuild_); }
  void require(bool good, const std::string& found, const std::string& remedy) const {
    if (!good) throw PluginError(found, file_, remedy);
  }
  void require_size(std::size_t found, std::size_t expected, const std::string& what) const {
    require(found >= expected, what + " has " + std::to_string(found) + " bytes, expected " +
                                   std::to_string(expected) + " or more");
  }
  void check_observer(const tb_observer* observer) const;
  void check_reward(const tb_reward* reward) const;

 private:
  template <class Described>
  void check_texts_and_options(const Described& described) const;
  void check_option(const tb_option* option, const std::string& plugin) const;
  void check_id(const char* id, const char* whose) const;
  std::string file_, rebuild_;
};

bool is_id(std::string_view id) {
  return !id.empty() && id.front() != '.' &&
         id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == id.npos;
}

bool is_type(std::string_view type) {
  for (const char* known : {"bool", "int", "real", "text", "path", "choice", "duration"})
    if (type == known) return true;
  return false;
}

void Checker::check_option(const tb_option* option, const std::string& plugin) const {
  require(option, plugin + " has a null option");
  require_size(option->size, option_size_1_0, "an option of " + plugin);
  require(option->name && *option->name, plugin + " has an option without a name");
  const std::string name = plugin + "'s option '" + option->name + "'";
  require(option->type && is_type(option->type),
          name + " has the type '" + (option->type ? option->type : "(null)") +
              "', expected bool, int, real, text, path, choice or duration");
  require(option->fallback && option->help, name + " has a null default or help");
  require(option->type != std::string_view("choice") || (option->choices && *option->choices),
          name + " has no choices");
}

void Checker::check_id(const char* id, const char* whose) const {
  require(id && is_id(id), std::string("its ") + whose + "'s id is '" + (id ? id : "(null)") +
                               "', expected lower-case letters, digits, '.', '-' and '_'");
}

template <class Described>
void Checker::check_texts_and_options(const Described& described) const {
  const std::string id = described.id;
  require(described.version && described.summary && described.url && described.license,
          id + " has a null version, summary, url or license");
  require(described.options || described.option_count == 0, id + " has null options");
  for (std::size_t i = 0; i < described.option_count; ++i) check_option(described.options[i], id);
}

void Checker::check_observer(const tb_observer* observer) const {
  require(observer, "has a null observer");
  require_size(observer->size, observer_size_1_0, "its observer's description");
  check_id(observer->id, "observer");
  const std::string id = observer->id;
  require(observer->needs_minor <= TB_ABI_MINOR,
          id + " needs the observer ABI " + version_text(TB_ABI_MAJOR, observer->needs_minor) +
              ", this trainbus has " + version_text(TB_ABI_MAJOR, TB_ABI_MINOR),
          update);
  require(observer->role >= TB_ROLE_METRIC && observer->role <= TB_ROLE_CONTROL,
          id + " has the role " + std::to_string(observer->role) +
              ", expected TB_ROLE_METRIC, TB_ROLE_SINK or TB_ROLE_CONTROL");
  require(observer->create && observer->on_event && observer->destroy,
          id + " lacks create, on_event or destroy");
  check_texts_and_options(*observer);
}

void Checker::check_reward(const tb_reward* reward) const {
  require(reward, "has a null reward");
  require_size(reward->size, reward_size_1_0, "its reward's description");
  check_id(reward->id, "reward");
  const std::string id = reward->id;
  require(reward->needs_minor <= TB_REWARD_ABI_MINOR,
          id + " needs the reward ABI " + version_text(TB_REWARD_ABI_MAJOR, reward->needs_minor) +
              ", this trainbus has " + version_text(TB_REWARD_ABI_MAJOR, TB_REWARD_ABI_MINOR),
          update);
  require(reward->create && reward->score && reward->destroy,
          id + " lacks create, score or destroy");
  check_texts_and_options(*reward);
}

}  // namespace

void check_module(const tb_module& module, const std::filesystem::path& file) {
  const Checker check(file, "trainbus/plugin.h");
  check.require_size(module.size, module_size_1_0, "trainbus_module_v1");
  check.require(module.abi_major == TB_ABI_MAJOR, "has the observer ABI " +
                                                      std::to_string(module.abi_major) +
                                                      ", expected " + std::to_string(TB_ABI_MAJOR));
  check.require(module.observers && module.observer_count > 0, "offers no observer");
  for (std::size_t i = 0; i < module.observer_count; ++i) check.check_observer(module.observers[i]);
}

void check_module(const tb_reward_module& module, const std::filesystem::path& file) {
  const Checker check(file, "trainbus/reward.h");
  check.require_size(module.size, reward_module_size_1_0, "trainbus_reward_v1");
  check.require(module.abi_major == TB_REWARD_ABI_MAJOR,
                "has the reward ABI " + std::to_string(module.abi_major) + ", expected " +
                    std::to_string(TB_REWARD_ABI_MAJOR));
  check.require(module.rewards && module.reward_count > 0, "offers no reward");
  for (std::size_t i = 0; i < module.reward_count; ++i) check.check_reward(module.rewards[i]);
}

}  // namespace trainbus
