#include "core/bus/delivery_options.hpp"

#include <trainbus/plugin/option_schema.hpp>

#include <algorithm>
#include <string>
#include <string_view>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

bool has(const std::vector<Option>& options, std::string_view name) {
  return std::ranges::any_of(options, [&](const Option& option) { return option.name == name; });
}

}  // namespace

std::vector<Option> delivery_options(Role role, const std::vector<Option>& own) {
  std::vector<Option> options = {
      option::integer("every", "1", "of the steps, only those that this number divides").min(1),
      option::integer("after", "0", "only steps greater than this; 0: from the first").min(0),
      option::integer("before", "0", "only steps less than this; 0: to the last").min(0),
      option::flag("once", "no", "only the first step that the others let pass")};
  if (role == Role::Sink)
    options.push_back(
        option::text("metrics", "", "only numbers with these names: loss,eval/*,!*/accuracy"));
  if (role != Role::Control)
    options.push_back(option::flag("isolate", "no", "in a process of its own: it may even crash"));
  std::erase_if(options, [&](const Option& option) { return has(own, option.name); });
  return options;
}

Intake intake_from(const OptionValues& values, const std::vector<Option>& own) {
  const auto given = [&](const char* name) { return values.has(name) && !has(own, name); };
  const auto number = [&](const char* name) {
    return static_cast<std::uint64_t>(values.integer(name));
  };
  Intake intake;
  if (given("every")) intake.filter.every = number("every");
  if (given("after")) intake.filter.after = number("after");
  if (given("before") && number("before") > 0) intake.filter.before = number("before");
  if (given("after") && given("before") && intake.filter.before <= intake.filter.after + 1)
    throw UsageError("no step is greater than " + values.text("after") + " and less than " +
                         values.text("before"),
                     "--" + values.prefix() + ".after and .before", "Swap them?");
  if (given("once")) intake.filter.once = values.flag("once");
  if (given("metrics"))
    intake.filter.metrics =
        MetricPatterns(values.text("metrics"), "--" + values.prefix() + ".metrics");
  if (given("isolate")) intake.isolated = values.flag("isolate");
  return intake;
}

}  // namespace trainbus
