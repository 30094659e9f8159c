// Options: schemas that plugins and verbs declare, the values that a user gave, and their sources.
#pragma once

#include <trainbus/plugin.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"

namespace trainbus {

// One option's schema, host side. Built from a tb_option or written as a literal.
struct Option {
  std::string name;
  std::string type = "text";  // bool | int | real | text | path | choice | duration
  std::string fallback;
  std::string help;
  double min = 1, max = 0;  // closed range; min > max: no bound
  std::vector<std::string> choices;
  std::uint32_t flags = 0;
};
TRAINBUS_EXPORT Option option_from(const tb_option& option);

// Where a value came from: "default", "run.ini:12", "command line".
struct OptionValue {
  // Canonical: bools true|false, numbers shortest round trip, durations in seconds. Empty: not set.
  // The values of a repeatable option are joined by newlines.
  std::string text;
  std::string source = "default";
};

// The values of one schema (one plugin instance, or the run itself). Every option of the schema has
// one.
class TRAINBUS_EXPORT OptionValues {
 public:
  OptionValues() = default;
  // prefix: "csv" in "--csv.path"; empty for the run's own options.
  OptionValues(std::string prefix, std::vector<Option> schema);

  // Checks text against the schema and stores its canonical form. Throws UsageError: unknown name
  // (with the nearest known one), wrong type, out of range, not a choice.
  void set(std::string_view name, std::string_view text, std::string_view source);
  // Checks that required options have values.
  void check_complete() const;

  bool has(std::string_view name) const;  // whether the schema has it, set or not
  const std::string& text(std::string_view name) const;
  bool flag(std::string_view name) const;
  std::int64_t integer(std::string_view name) const;
  double real(std::string_view name) const;
  bool is_default(std::string_view name) const;
  const OptionValue& value(std::string_view name) const;
  const std::vector<Option>& schema() const { return schema_; }
  const std::string& prefix() const { return prefix_; }

 private:
  const Option& find(std::string_view name) const;
  std::string prefix_;
  std::vector<Option> schema_;
  std::map<std::string, OptionValue, std::less<>> values_;
};

// Canonical text of a value of this option's type, or UsageError naming `where` (e.g. "--mezo.lr").
TRAINBUS_EXPORT std::string canonical(const Option& option, std::string_view text,
                                      std::string_view where);

}  // namespace trainbus
