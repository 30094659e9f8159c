#include "report/options.hpp"

#include <trainbus/plugin/option_schema.hpp>

#include <algorithm>

#include "core/io/error.hpp"
#include "core/plan/arguments.hpp"
#include "core/plan/typed_path.hpp"

namespace trainbus::report {
namespace {

struct Words {
  std::vector<std::string> runs, options;
};

// Whether the word is an option whose value is the word after it.
bool takes_next(const std::string& word) {
  return std::ranges::any_of(options(), [&](const Option& option) {
    return option.type != "bool" && word == "--" + option.name;
  });
}

Words sorted(const std::vector<std::string>& arguments) {
  Words words;
  for (auto word = arguments.begin(); word != arguments.end(); ++word) {
    const std::string option = *word == "-o" ? "--output" : *word;
    if (option == "--") {
      words.runs.insert(words.runs.end(), word + 1, arguments.end());
      break;
    }
    if (!option.starts_with('-')) {
      words.runs.push_back(option);
      continue;
    }
    words.options.push_back(option);
    if (takes_next(option) && word + 1 != arguments.end()) words.options.push_back(*++word);
  }
  return words;
}

void check_together(const Request& request, bool has_port) {
  if (request.runs.empty())
    throw UsageError("expected the folder of a run", "report",
                     "For example: trainbus report runs/NAME");
  if (request.watch && !request.output.empty())
    throw UsageError("with --watch the page is served, not written", "--output",
                     "Leave one of them out.");
  if (!request.watch && has_port)
    throw UsageError("there is a port only with --watch", "--port", "Add --watch.");
}

}  // namespace

const std::vector<Option>& options() {
  static const std::vector<Option> all = {
      option::path(
          "output", "",
          "the page; also -o. Default: report.html in the run's folder, or here for several runs"),
      option::text("title", "", "the page's title; default: the runs' names"),
      option::flag("overwrite", "no", "replace a file even if it is not a report"),
      option::flag("watch", "no", "serve the page to this machine's browsers, always up to date"),
      option::integer("port", "0", "port of --watch on 127.0.0.1; 0: any free port")
          .min(0)
          .max(65535),
  };
  return all;
}

Request parse(const std::vector<std::string>& arguments) {
  const Words words = sorted(arguments);
  OptionValues values("", options());
  for (const Argument& argument : parse_arguments(words.options, options()))
    values.set(argument.name, argument.value, "command line");
  std::vector<std::string> runs;
  for (const std::string& run : words.runs) runs.push_back(typed_path(run, "report"));
  Request request{std::move(runs),          typed_path(values.text("output"), "--output"),
                  values.text("title"),     values.flag("watch"),
                  values.flag("overwrite"), static_cast<unsigned short>(values.integer("port"))};
  check_together(request, !values.is_default("port"));
  return request;
}

}  // namespace trainbus::report
