#include "core/reward/reward.hpp"

#include <trainbus/plugin/option_schema.hpp>

#include <algorithm>

#include "core/io/error.hpp"
#include "core/reward/isolated_reward.hpp"
#include "core/reward/judges.hpp"

namespace trainbus {
namespace {

bool has(const std::vector<Option>& options, std::string_view name) {
  return std::ranges::any_of(options, [&](const Option& option) { return option.name == name; });
}

class PluginReward final : public Reward {
 public:
  PluginReward(const Plugin& plugin, const std::string& name, const OptionValues& values,
               const RewardSettings& settings)
      : id_(plugin.id), judges_(plugin, name, values, settings) {}

  const std::string& id() const override { return id_; }
  void score(std::span<const RewardItem> items, std::span<double> rewards) override {
    judges_.judge(items, rewards);
  }

 private:
  const std::string id_;
  Judges judges_;
};

}  // namespace

Reward::~Reward() = default;

std::vector<Option> reward_options(const Plugin& plugin) {
  const std::vector<Option> own = plugin.options();
  std::vector<Option> options = own;
  for (const Option& option : {
           Option(option::integer("threads", "0", "judge so many answers at once; 0: one a core")
                      .min(0)
                      .max(4096)),
           Option(option::duration("limit", "60s", "longest time for one answer; then the run ends")
                      .min(0.001)
                      .max(1e6)),
           Option(option::flag("isolate", "no", "in a process of its own: it may even crash")),
       })
    if (!has(own, option.name)) options.push_back(option);
  return options;
}

RewardSettings reward_settings(const OptionValues& values, const Plugin& plugin) {
  const std::vector<Option> own = plugin.options();
  const auto given = [&](const char* name) { return values.has(name) && !has(own, name); };
  RewardSettings settings;
  if (given("threads")) settings.threads = static_cast<unsigned>(values.integer("threads"));
  if (given("limit"))
    settings.limit = std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(values.real("limit")));
  if (given("isolate")) settings.isolated = values.flag("isolate");
  return settings;
}

const Plugin& find_reward(std::string_view id_or_file, Catalog& catalog) {
  const Plugin& plugin = catalog.load(id_or_file);
  if (plugin.kind == Plugin::Kind::Reward) return plugin;
  const std::string role(plugin.role());
  throw PluginError("'" + plugin.id + "' is " + (role == "optimizer" ? "an " : "a ") + role +
                        (plugin.observer ? " observer" : "") + ", expected a reward",
                    plugin.file.string(), "See 'trainbus plugins list'.");
}

std::unique_ptr<Reward> make_reward(const Plugin& plugin, const std::string& name,
                                    const OptionValues& values) {
  if (!plugin.reward)
    throw PluginError("is no reward", name + " (" + plugin.file.string() + ")", "");
  values.check_complete();
  const RewardSettings settings = reward_settings(values, plugin);
  if (settings.isolated) return make_isolated_reward(plugin, name, values, settings);
  return std::make_unique<PluginReward>(plugin, name, values, settings);
}

std::unique_ptr<Reward> load_reward(std::string_view id_or_file, Catalog& catalog,
                                    std::span<const std::pair<std::string, std::string>> options) {
  const Plugin& plugin = find_reward(id_or_file, catalog);
  OptionValues values(plugin.id, reward_options(plugin));
  for (const auto& [name, value] : options) values.set(name, value, "command line");
  return make_reward(plugin, plugin.id, values);
}

}  // namespace trainbus
