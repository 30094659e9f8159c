#include "core/host/option.hpp"

#include <utility>

#include "core/io/error.hpp"
#include "core/io/number_text.hpp"

namespace trainbus {
namespace {

std::string text_or_empty(const char* text) { return text ? text : ""; }

std::string place(const std::string& prefix, std::string_view name) {
  return "--" + (prefix.empty() ? "" : prefix + ".") + std::string(name);
}

// An empty default means "not set", which is not a number and need not be one.
std::string checked_default(const Option& option, const std::string& where) {
  if (option.fallback.empty()) return {};
  try {
    return canonical(option, option.fallback, where + " (its default)");
  } catch (const UsageError& error) {
    throw PluginError(error.what(), "", "Correct the schema.");
  }
}

}  // namespace

Option option_from(const tb_option& option) {
  Option result;
  result.name = text_or_empty(option.name);
  result.type = text_or_empty(option.type);
  result.fallback = text_or_empty(option.fallback);
  result.help = text_or_empty(option.help);
  result.min = option.min;
  result.max = option.max;
  result.flags = option.flags;
  for (const char* const* choice = option.choices; choice && *choice; ++choice)
    result.choices.emplace_back(*choice);
  return result;
}

OptionValues::OptionValues(std::string prefix, std::vector<Option> schema)
    : prefix_(std::move(prefix)), schema_(std::move(schema)) {
  for (const Option& option : schema_) {
    const std::string where = place(prefix_, option.name);
    if (!values_.emplace(option.name, OptionValue{checked_default(option, where)}).second)
      throw PluginError("the schema declares this option twice", where,
                        "Declare each option once.");
  }
}

const Option& OptionValues::find(std::string_view name) const {
  for (const Option& option : schema_)
    if (option.name == name) return option;
  std::vector<std::string> known;
  for (const Option& option : schema_) known.push_back(place(prefix_, option.name));
  const std::string asked = place(prefix_, name);
  throw UsageError("unknown option", asked, did_you_mean(asked, known));
}

void OptionValues::set(std::string_view name, std::string_view text, std::string_view source) {
  const Option& option = find(name);
  const std::string where = source == "command line" || source == "default"
                                ? place(prefix_, name)
                                : std::string(source) + ": " + place(prefix_, name).substr(2);
  values_.find(name)->second = {canonical(option, text, where), std::string(source)};
}

void OptionValues::check_complete() const {
  for (const Option& option : schema_)
    if (option.flags & TB_OPTION_REQUIRED && text(option.name).empty())
      throw UsageError("a value is required (" + option.help + ")", place(prefix_, option.name),
                       "Give one.");
}

bool OptionValues::has(std::string_view name) const { return values_.contains(name); }

const OptionValue& OptionValues::value(std::string_view name) const {
  find(name);
  return values_.find(name)->second;
}

const std::string& OptionValues::text(std::string_view name) const { return value(name).text; }

bool OptionValues::flag(std::string_view name) const { return text(name) == "true"; }

std::int64_t OptionValues::integer(std::string_view name) const {
  if (const auto number = number_from<std::int64_t>(text(name))) return *number;
  throw UsageError("found '" + text(name) + "', expected a whole number", place(prefix_, name),
                   "Give one.");
}

double OptionValues::real(std::string_view name) const {
  if (const auto number = number_from<double>(text(name))) return *number;
  throw UsageError("found '" + text(name) + "', expected a number", place(prefix_, name),
                   "Give one.");
}

bool OptionValues::is_default(std::string_view name) const {
  return value(name).source == "default";
}

}  // namespace trainbus
