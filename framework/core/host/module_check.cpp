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

const char* const rebuild = "Rebuild it with this trainbus's header trainbus/plugin.h.";

class Checker {
 public:
  explicit Checker(const std::filesystem::path& file) : file_(file.string()) {}

  void require(bool good, const std::string& found, const char* remedy = rebuild) const {
    if (!good) throw PluginError(found, file_, remedy);
  }
  void require_size(std::size_t found, std::size_t expected, const std::string& what) const {
    require(found >= expected, what + " has " + std::to_string(found) + " bytes, expected " +
                                   std::to_string(expected) + " or more");
  }
  void check_option(const tb_option* option, const std::string& observer) const;
  void check_observer(const tb_observer* observer) const;

 private:
  std::string file_;
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

void Checker::check_option(const tb_option* option, const std::string& observer) const {
  require(option, observer + " has a null option");
  require_size(option->size, option_size_1_0, "an option of " + observer);
  require(option->name && *option->name, observer + " has an option without a name");
  const std::string name = observer + "'s option '" + option->name + "'";
  require(option->type && is_type(option->type),
          name + " has the type '" + (option->type ? option->type : "(null)") +
              "', expected bool, int, real, text, path, choice or duration");
  require(option->fallback && option->help, name + " has a null default or help");
  require(option->type != std::string_view("choice") || (option->choices && *option->choices),
          name + " has no choices");
}

void Checker::check_observer(const tb_observer* observer) const {
  require(observer, "has a null observer");
  require_size(observer->size, observer_size_1_0, "its observer's description");
  require(observer->id && is_id(observer->id),
          std::string("its observer's id is '") + (observer->id ? observer->id : "(null)") +
              "', expected lower-case letters, digits, '.', '-' and '_'");
  const std::string id = observer->id;
  require(observer->needs_minor <= TB_ABI_MINOR,
          id + " needs the observer ABI " + std::to_string(TB_ABI_MAJOR) + "." +
              std::to_string(observer->needs_minor) + ", this trainbus has " +
              std::to_string(TB_ABI_MAJOR) + "." + std::to_string(TB_ABI_MINOR),
          "Update trainbus, or use an older release of the plugin.");
  require(observer->role >= TB_ROLE_METRIC && observer->role <= TB_ROLE_CONTROL,
          id + " has the role " + std::to_string(observer->role) +
              ", expected TB_ROLE_METRIC, TB_ROLE_SINK or TB_ROLE_CONTROL");
  require(observer->version && observer->summary && observer->url && observer->license,
          id + " has a null version, summary, url or license");
  require(observer->create && observer->on_event && observer->destroy,
          id + " lacks create, on_event or destroy");
  require(observer->options || observer->option_count == 0, id + " has null options");
  for (std::size_t i = 0; i < observer->option_count; ++i) check_option(observer->options[i], id);
}

}  // namespace

void check_module(const tb_module& module, const std::filesystem::path& file) {
  const Checker check(file);
  check.require_size(module.size, module_size_1_0, "trainbus_module_v1");
  check.require(module.abi_major == TB_ABI_MAJOR, "has the observer ABI " +
                                                      std::to_string(module.abi_major) +
                                                      ", expected " + std::to_string(TB_ABI_MAJOR));
  check.require(module.observers && module.observer_count > 0, "offers no observer");
  for (std::size_t i = 0; i < module.observer_count; ++i) check.check_observer(module.observers[i]);
}

}  // namespace trainbus
