#include "core/plan/arguments.hpp"

#include <boost/program_options.hpp>
#include <set>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

namespace po = boost::program_options;

// Long options only and spelled out: "-1" is then a value like any other.
constexpr int style = po::command_line_style::allow_long |
                      po::command_line_style::long_allow_adjacent |
                      po::command_line_style::long_allow_next;

po::options_description description_of(std::span<const Option> options) {
  po::options_description description;
  for (const Option& option : options) {
    auto* value = po::value<std::string>();
    if (option.type == "bool") value->implicit_value("true");
    description.add_options()(option.name.c_str(), value);
  }
  return description;
}

[[noreturn]] void refuse_unknown(std::string name, std::span<const Option> known) {
  std::vector<std::string> names;
  for (const Option& option : known) names.push_back("--" + option.name);
  if (!name.starts_with("-")) name.insert(0, "--");
  throw UsageError("unknown option", name, did_you_mean(name, names));
}

[[noreturn]] void refuse_stray(const std::string& word) {
  throw UsageError("found '" + word + "', expected an option", "command line",
                   "RUN.ini comes directly after the verb.");
}

[[noreturn]] void refuse_missing_value(const std::string& name) {
  throw UsageError("the option lacks its value", name,
                   "Write " + name + " VALUE or " + name + "=VALUE.");
}

void check_repetition(const Option& option, std::set<std::string>& seen) {
  if (!seen.insert(option.name).second && !(option.flags & TB_OPTION_REPEATABLE))
    throw UsageError("the option is given twice", "--" + option.name, "Give it once.");
}

const Option* find(std::span<const Option> options, const std::string& name) {
  for (const Option& option : options)
    if (option.name == name) return &option;
  return nullptr;
}

// Program_options 1.81 means to refuse an option in the place of a value, but looks it up with its
// dashes and so never finds it.
bool is_option(const std::string& word, std::span<const Option> known) {
  return word.starts_with("--") && find(known, word.substr(2, word.find('=') - 2));
}

std::vector<po::option> tokens(std::span<const std::string> arguments,
                               std::span<const Option> known) {
  const po::options_description description = description_of(known);
  po::command_line_parser parser({arguments.begin(), arguments.end()});
  parser.options(description).style(style).allow_unregistered();
  try {
    return parser.run().options;
  } catch (const po::error_with_option_name& error) {
    refuse_missing_value(error.get_option_name());
  } catch (const po::error& error) {
    throw UsageError(error.what(), "command line", "See --help.");
  }
}

std::vector<Argument> parse(std::span<const std::string> arguments, std::span<const Option> known,
                            bool skip_unknown) {
  std::vector<Argument> result;
  std::set<std::string> seen;
  for (const po::option& token : tokens(arguments, known)) {
    const Option* option = token.unregistered ? nullptr : find(known, token.string_key);
    if (option) {
      check_repetition(*option, seen);
      const std::string value = token.value.empty() ? "true" : token.value.front();
      if (is_option(value, known)) refuse_missing_value("--" + option->name);
      result.push_back({option->name, value});
    } else if (!skip_unknown) {
      const std::string& word =
          token.original_tokens.empty() ? token.string_key : token.original_tokens.front();
      if (token.position_key >= 0 || !word.starts_with('-')) refuse_stray(word);
      refuse_unknown(word.substr(0, word.find('=')), known);
    }
  }
  return result;
}

}  // namespace

std::vector<Argument> parse_arguments(std::span<const std::string> arguments,
                                      std::span<const Option> known) {
  return parse(arguments, known, false);
}

std::vector<Argument> parse_known_arguments(std::span<const std::string> arguments,
                                            std::span<const Option> known) {
  return parse(arguments, known, true);
}

std::vector<Option> with_prefix(const std::string& prefix, std::span<const Option> options) {
  std::vector<Option> result(options.begin(), options.end());
  if (!prefix.empty())
    for (Option& option : result) option.name = prefix + "." + option.name;
  return result;
}

}  // namespace trainbus
