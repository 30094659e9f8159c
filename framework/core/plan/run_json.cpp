// The resolved run as JSON: the record that run.json keeps and on_train_begin carries.
#include <boost/json.hpp>
#include <filesystem>

#include "core/plan/run_record.hpp"
#include "core/plan/run_spec.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

json::value value_from(const Option& option, const OptionValues& values) {
  const std::string& text = values.text(option.name);
  if (option.flags & TB_OPTION_SECRET) return json::string("(secret)");
  if (text.empty() || option.flags & TB_OPTION_REPEATABLE) return json::string(text);
  if (option.type == "bool") return values.flag(option.name);
  if (option.type == "int") return values.integer(option.name);
  // JSON has no infinity: that one stays text.
  const bool number = option.type == "real" || option.type == "duration";
  if (number && text.find("inf") == std::string::npos) return values.real(option.name);
  return json::string(text);
}

json::object options_from(const OptionValues& values) {
  json::object result;
  for (const Option& option : values.schema())
    if (!values.prefix().empty() || !is_about_processes(option.name))
      result[option.name] = {{"value", value_from(option, values)},
                             {"source", values.value(option.name).source}};
  return result;
}

json::object plugin_from(const PluginInstance& instance) {
  const Plugin& plugin = *instance.plugin;
  return {{"name", instance.name},
          {"source", instance.source},
          {"id", plugin.id},
          {"role", plugin.role()},
          {"version", plugin.version()},
          {"file", plugin.file.string()},
          {"sha256", sha256_file(plugin.file)},
          {"options", options_from(instance.options)}};
}

// That paths are relative to; empty if it was removed.
std::string working_folder() {
  std::error_code error;
  return std::filesystem::current_path(error).string();
}

}  // namespace

std::string to_json(const RunSpec& spec) {
  json::array plugins, left_out;
  for (const PluginInstance& instance : spec.plugins) plugins.push_back(plugin_from(instance));
  for (const LeftOut& plugin : spec.left_out)
    left_out.push_back({{"name", plugin.name}, {"reason", plugin.reason}});
  return json::serialize(json::object{{"trainbus", spec.version},
                                      {"verb", spec.verb},
                                      {"run_file", spec.run_file},
                                      {"folder", working_folder()},
                                      {"options", options_from(spec.run)},
                                      {"task", options_from(spec.task)},
                                      {"plugins", std::move(plugins)},
                                      {"left_out", std::move(left_out)}});
}

}  // namespace trainbus
