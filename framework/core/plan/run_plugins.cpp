#include "core/plan/run_plugins.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <iterator>
#include <utility>

#include "core/bus/delivery_options.hpp"
#include "core/io/error.hpp"
#include "core/plan/shell_text.hpp"
#include "core/reward/reward.hpp"

namespace trainbus {
namespace {

// A wish taken apart. The name of a file's plugin is known when it is loaded.
struct Request {
  std::string name;
  std::string what;  // ID or file
  std::string source;
};

bool is_name(std::string_view text, std::string_view more) {
  return !text.empty() && std::ranges::all_of(text, [&](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           more.find(static_cast<char>(c)) != std::string_view::npos;
  });
}

// Names that something else has: the run's sections, and the first parts of the names of its
// metrics, in events and in TensorBoard.
constexpr std::array taken_names = {"task",  "eval",    "test",    "train", "run", "metric",
                                    "model", "forward", "tensors", "loss",  "lr",  "trainbus"};

bool is_taken(const std::string& name, const std::vector<std::string>& also_taken) {
  const auto same = [&](std::string_view other) {
    return std::ranges::equal(
        name, other, [](unsigned char a, unsigned char b) { return std::tolower(a) == b; });
  };
  return std::ranges::any_of(taken_names, same) || std::ranges::any_of(also_taken, same);
}

// Dots occur in third parties' ids ("acme.jsonl").
void check_name(const std::string& name, const std::string& source,
                const std::vector<std::string>& also_taken) {
  if (is_taken(name, also_taken))
    throw UsageError("'" + name + "' cannot name a plugin: the run or its metrics use that name",
                     source, "Give another one: NAME=ID.");
  constexpr std::size_t longest = 64;
  const bool begins_well = !name.empty() && is_name(name.substr(0, 1), "");
  if (begins_well && is_name(name, "._-") && name.size() <= longest && !name.ends_with('.')) return;
  throw UsageError(
      "'" + name + "' cannot name a plugin", source,
      "Use up to 64 letters, digits, '-', '_' and '.', with a letter or a digit first.");
}

Request request_from(const PluginWish& wish, const std::vector<std::string>& taken) {
  const std::size_t equals = wish.text.find('=');
  // An '=' behind a slash belongs to the file's name.
  const bool named = equals < wish.text.find('/');
  Request request{"", named ? wish.text.substr(equals + 1) : wish.text, wish.source};
  if (request.what.empty())
    throw UsageError("found '" + wish.text + "', expected ID, FILE.so or NAME=ID", wish.source,
                     "See trainbus plugins list.");
  if (named)
    request.name = wish.text.substr(0, equals);
  else if (request.what.find('/') == std::string::npos)
    request.name = request.what;
  if (!request.name.empty()) check_name(request.name, wish.source, taken);
  return request;
}

PluginInstance load(const Request& request, Catalog& catalog,
                    const std::vector<std::string>& taken) {
  const Plugin& plugin = catalog.load(request.what);
  if (plugin.kind == Plugin::Kind::Reward)
    throw UsageError("'" + plugin.id + "' is a reward, expected an observer or an optimizer",
                     request.source, "Give it as --objective " + shell_text(request.what) + ".");
  const std::string name = request.name.empty() ? plugin.id : request.name;
  if (request.name.empty()) check_name(name, plugin.file.string(), taken);
  std::vector<Option> options = plugin.options();
  for (const Option& option : options)
    if (!is_name(option.name, "-"))
      throw PluginError("its option '" + option.name + "' has a name that cannot be typed",
                        plugin.file.string(), "Use letters, digits and '-'.");
  if (plugin.observer)
    std::ranges::move(delivery_options(static_cast<Role>(plugin.observer->role), options),
                      std::back_inserter(options));
  return {name, request.source, &plugin, OptionValues(name, options)};
}

// The instance is named as its plugin.
PluginInstance load_objective(const PluginWish& wish, Catalog& catalog,
                              const std::vector<std::string>& taken) {
  const std::string nearest = did_you_mean(wish.text, built_in_objectives());
  const bool is_word = wish.text.find_first_of("/.") == std::string::npos;
  try {
    const Plugin& plugin = find_reward(wish.text, catalog);
    check_name(plugin.id, plugin.file.string(), taken);
    return {plugin.id, wish.source, &plugin, OptionValues(plugin.id, reward_options(plugin))};
  } catch (const PluginError&) {
    if (!is_word || nearest.empty()) throw;
  }
  throw UsageError("there is no objective '" + wish.text + "'", wish.source + ": objective",
                   nearest);
}

// The names to leave out, and which of them have been met.
class Without {
 public:
  explicit Without(const std::vector<PluginWish>& names) : names_(names), met_(names.size()) {}

  bool takes(const std::string& name) {
    bool found = false;
    for (std::size_t i = 0; i < names_.size(); ++i)
      if (names_[i].text == name) found = met_[i] = true;
    return found;
  }

  void check_all_met(const PluginSet& set) const {
    std::vector<std::string> known;
    for (const PluginInstance& instance : set.instances) known.push_back(instance.name);
    for (std::size_t i = 0; i < names_.size(); ++i)
      if (!met_[i])
        throw UsageError("the run has no plugin '" + names_[i].text + "' to leave out",
                         names_[i].source, did_you_mean(names_[i].text, known));
  }

 private:
  const std::vector<PluginWish>& names_;
  std::vector<bool> met_;
};

// Names are compared before loading where they are known, so that a plugin that does not load can
// be left out.
void load_wishes(const std::vector<PluginWish>& wishes, Catalog& catalog,
                 const std::vector<std::string>& taken, Without& without, PluginSet& set) {
  for (const PluginWish& wish : wishes) {
    const Request request = request_from(wish, taken);
    if (!request.name.empty() && without.takes(request.name)) {
      set.left_out.push_back({request.name, "--without"});
      continue;
    }
    PluginInstance instance = load(request, catalog, taken);
    if (request.name.empty() && without.takes(instance.name))
      set.left_out.push_back({instance.name, "--without"});
    else
      set.instances.push_back(std::move(instance));
  }
}

const PluginInstance* sole_optimizer(const PluginSet& set) {
  const PluginInstance* found = nullptr;
  for (const PluginInstance& instance : set.instances) {
    if (!instance.is_optimizer()) continue;
    if (found)
      throw UsageError("'" + found->name + "' and '" + instance.name +
                           "' are both optimizers, expected exactly one",
                       instance.source, "Leave one out.");
    found = &instance;
  }
  return found;
}

void check_names_differ(const PluginSet& set) {
  for (const PluginInstance& one : set.instances)
    for (const PluginInstance& other : set.instances)
      if (&one < &other && one.name == other.name)
        throw UsageError("two plugins are named '" + one.name + "'", other.source,
                         "Name one of them: NAME=" + other.plugin->id + ".");
}

}  // namespace

const std::vector<std::string>& built_in_objectives() {
  static const std::vector<std::string> names = {"loss", "accuracy", "exact-match", "f1"};
  return names;
}

PluginSet load_reward(const PluginPlan& plan, Catalog& catalog) {
  PluginSet set;
  const std::string& objective = plan.objective.text;
  if (!objective.empty() && std::ranges::count(built_in_objectives(), objective) == 0)
    set.instances.push_back(load_objective(plan.objective, catalog, plan.taken));
  return set;
}

PluginSet load_plugins(const PluginPlan& plan, Catalog& catalog) {
  Without without(plan.without);
  PluginSet set, added;
  load_wishes(plan.added, catalog, plan.taken, without, added);
  load_wishes(plan.listed, catalog, plan.taken, without, set);
  const PluginInstance* replacement = sole_optimizer(added);
  if (replacement) {
    std::erase_if(set.instances, [&](const PluginInstance& instance) {
      if (!instance.is_optimizer()) return false;
      if (instance.name != replacement->name)
        set.left_out.push_back({instance.name, "replaced by " + replacement->name});
      return true;
    });
  }
  if (!plan.default_optimizer.empty()) {
    // Loaded only if it is needed: an optimizer brings all of LibTorch with it.
    if (replacement && !without.takes(plan.default_optimizer)) {
      if (plan.default_optimizer != replacement->name)
        set.left_out.push_back({plan.default_optimizer, "replaced by " + replacement->name});
    } else if (!replacement && !sole_optimizer(set)) {
      PluginSet first;
      load_wishes({{plan.default_optimizer, "default"}}, catalog, plan.taken, without, first);
      std::ranges::move(set.instances, std::back_inserter(first.instances));
      std::ranges::move(set.left_out, std::back_inserter(first.left_out));
      set = std::move(first);
    }
  }
  std::ranges::move(added.instances, std::back_inserter(set.instances));
  std::ranges::move(added.left_out, std::back_inserter(set.left_out));
  std::ranges::move(load_reward(plan, catalog).instances, std::back_inserter(set.instances));
  without.check_all_met(set);
  check_names_differ(set);
  if (!sole_optimizer(set))
    throw UsageError("the run has no optimizer", "plugins", "Add one: --plugin mezo.");
  return set;
}

}  // namespace trainbus
