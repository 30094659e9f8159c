// The bar's line against what tqdm 4.69.1 wrote for the same input.
#include "progress/bar.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <iterator>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "progress/number.hpp"
#include "support/vector_json.hpp"

namespace json = boost::json;
using namespace trainbus::progress;

namespace {

// The part of the set that has this name; none: an empty object.
json::object reference(const char* part) {
  const json::value all = trainbus::testing::vector_json("sinks.json");
  if (all.is_null()) return {};
  const json::value* found = trainbus::testing::field_of(all, part, "sinks.json");
  return found == nullptr ? json::object() : found->as_object();
}

json::array format_meter_cases() {
  const json::value all = trainbus::testing::vector_json("sinks.json");
  if (all.is_null()) return {};
  const json::value* found = trainbus::testing::field_of(all, "format_meter", "sinks.json");
  return found == nullptr ? json::array() : found->as_array();
}

std::string text(const json::object& object, const char* key, const char* fallback = "") {
  const json::value* value = object.if_contains(key);
  return value ? std::string(value->as_string()) : fallback;
}

std::optional<double> number(const json::object& object, const char* key) {
  const json::value* value = object.if_contains(key);
  if (!value || value->is_null()) return {};
  return value->to_number<double>();
}

// One case of the reference; the texts that its meter refers to are its own.
struct Case {
  std::string prefix, postfix, unit;
  Meter meter;

  explicit Case(const json::object& c)
      : prefix(text(c, "prefix")), postfix(text(c, "postfix")), unit(text(c, "unit", "it")) {
    const auto flag = [&](const char* key) {
      const json::value* value = c.if_contains(key);
      return value && value->as_bool();
    };
    meter = {.n = static_cast<std::uint64_t>(*number(c, "n")),
             .initial = static_cast<std::uint64_t>(number(c, "initial").value_or(0)),
             .elapsed_s = *number(c, "elapsed"),
             .rate = number(c, "rate"),
             .prefix = prefix,
             .postfix = postfix,
             .unit = unit,
             .unit_scale = flag("unit_scale"),
             .ascii = flag("ascii")};
    if (const auto total = number(c, "total")) meter.total = static_cast<std::uint64_t>(*total);
    if (const auto width = number(c, "ncols")) meter.width = static_cast<std::size_t>(*width);
  }
  Case(const Case&) = delete;
  Case& operator=(const Case&) = delete;

  // "Eval 6/7 in 40 columns"
  std::string name() const {
    return prefix + (prefix.empty() ? "" : " ") + std::to_string(meter.n) + "/" +
           (meter.total ? std::to_string(*meter.total) : "?") + " in " +
           std::to_string(meter.width.value_or(0)) + " columns";
  }

  // As the bar is shown: the postfix in pieces.
  std::string shown() const {
    std::vector<std::string> notes;
    for (std::string_view rest = postfix; !rest.empty();) {
      const std::size_t end = std::min(rest.find(", "), rest.size());
      notes.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 2, rest.size()));
    }
    if (meter.width == 0u) return format_line(meter, notes, {.bar = false});
    return format_line(meter, notes, {.cells = meter.width});
  }
};

// The lines of the project's own copy in which tqdm cuts the postfix, and what is shown instead.
const std::pair<const std::string, std::string> kCutByTqdm[] = {
    {"Training 450/1000 in 1 columns", "T"},
    {"Training 450/1000 in 5 columns", "Train"},
    {"Training 450/1000 in 10 columns", "Training: "},
    {"Training 450/1000 in 19 columns", "Training:  45%|▍| 4"},
    {"Training 450/1000 in 20 columns", "Training:  45%|▍| 45"},
    {"Training 450/1000 in 40 columns", "Training:  45%|▍| 450/1000 [02:15<02:45,"},
    {"Training 450/1000 in 60 columns",
     "Training:  45%|████▌     | 450/1000 [02:15<02:45,  3.32it/s]"},
    {"Training 450/1000 in 70 columns",
     "Training:  45%|███▏   | 450/1000 [02:15<02:45,  3.32it/s, loss=2.3456]"},
    {"Training 450/1000 in 72 columns",
     "Training:  45%|████     | 450/1000 [02:15<02:45,  3.32it/s, loss=2.3456]"},
    {"Training 450/1000 in 73 columns",
     "Training:  45%|████▌     | 450/1000 [02:15<02:45,  3.32it/s, loss=2.3456]"},
    {"Training 450/1000 in 74 columns",
     "Training:  45%|████▉      | 450/1000 [02:15<02:45,  3.32it/s, loss=2.3456]"},
    {"Training 907796/1000000 in 80 columns",
     "Training:  91%|███████▎| 907796/1000000 [1:23:57<08:31, 180.19it/s, loss=2.3456]"},
    {"0/3 in 40 columns", "  0%|           | 0/3 [1:06:59<?, ?it/s]"},
    {"Eval 6/7 in 40 columns", "Eval:  86%|▊| 6/7 [2:12:19<22:03, 1323.2"},
    {"Training 360/1000 in 40 columns", "Training:  36%|▎| 360/1000 [12:44<22:38,"},
    {"Training 158/? in 40 columns", "Training: 158it [1:30:11, 628.50it/s]"},
    {"560829/1000000 in 60 columns",
     " 56%|#####6    | 560829/1000000 [1:47:07<1:23:53, 87.25it/s]"},
    {"1/7 in 60 columns", " 14%|▊     | 1/7 [1:04:20<6:26:02, 3860.41s/it, loss=2.3456]"},
    {"Eval 5/7 in 40 columns", "Eval:  71%|▋| 5/7 [01:59<00:00, 163.14it"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(bar_line)

BOOST_AUTO_TEST_CASE(every_reference_line_is_rendered_byte_for_byte) {
  for (const json::value& c : format_meter_cases())
    BOOST_TEST(format_meter(Case(c.as_object()).meter) == text(c.as_object(), "out"),
               json::serialize(c));
}

BOOST_AUTO_TEST_CASE(what_is_shown_differs_from_the_reference_only_where_that_cuts_the_line) {
  for (const json::value& value : format_meter_cases()) {
    const Case c(value.as_object());
    const std::string by_tqdm = text(value.as_object(), "out");
    if (c.shown() == by_tqdm) continue;
    BOOST_TEST(!by_tqdm.ends_with(c.postfix + "]"), json::serialize(value));
  }
}

BOOST_AUTO_TEST_CASE(where_tqdm_cuts_the_line_whole_notes_are_left_out) {
  const std::map<std::string, std::string> cut(std::begin(kCutByTqdm), std::end(kCutByTqdm));
  std::set<std::string> seen;
  const json::value own = trainbus::testing::read_json(TRAINBUS_TEST_DATA "/vectors/sinks.json");
  for (const json::value& value : own.at("format_meter").as_array()) {
    const Case c(value.as_object());
    const auto named = cut.find(c.name());
    if (named == cut.end() || !seen.insert(c.name()).second) continue;
    BOOST_TEST(c.shown() == named->second, c.name());
  }
  BOOST_TEST(seen.size() == cut.size());
}

BOOST_AUTO_TEST_CASE(bars_of_ten_cells_match_the_reference_in_both_alphabets) {
  for (const auto& [fraction, bars] : reference("bar10")) {
    const double value = std::stod(std::string(fraction));
    BOOST_TEST(bar(value, 10, false) == std::string(bars.at(0).as_string()), fraction);
    BOOST_TEST(bar(value, 10, true) == std::string(bars.at(1).as_string()), fraction);
  }
}

BOOST_AUTO_TEST_CASE(intervals_match_the_reference) {
  for (const auto& [seconds, out] : reference("format_interval"))
    BOOST_TEST(format_interval(std::stod(std::string(seconds))) == std::string(out.as_string()));
}

BOOST_AUTO_TEST_CASE(sizes_match_the_reference) {
  for (const auto& [value, out] : reference("format_sizeof_1000"))
    BOOST_TEST(format_sizeof(std::stod(std::string(value))) == std::string(out.as_string()));
}

BOOST_AUTO_TEST_CASE(numbers_of_three_digits_match_the_reference) {
  for (const auto& [plain, out] : reference("format_num")) {
    const double value = plain == "True" ? 1 : std::stod(std::string(plain));
    BOOST_TEST(format_num(value, std::string(plain)) == std::string(out.as_string()));
  }
}

BOOST_AUTO_TEST_CASE(the_line_of_the_documentation_is_reproduced) {
  BOOST_TEST(format_meter({.n = 450,
                           .total = 1000,
                           .elapsed_s = 135.5,
                           .prefix = "Training",
                           .postfix = "loss=2.3456, lr=1.00e-04"}) ==
             "Training:  45%|████▌     | 450/1000 [02:15<02:45,  3.32it/s, loss=2.3456, "
             "lr=1.00e-04]");
}

BOOST_AUTO_TEST_CASE(values_at_the_ends_of_their_types_are_rendered) {
  BOOST_TEST(!format_meter({.n = ~0ull, .total = ~0ull, .elapsed_s = 1e300}).empty());
  BOOST_TEST(format_interval(std::numeric_limits<double>::infinity()) == "?");
  BOOST_TEST(fixed(std::numeric_limits<double>::quiet_NaN(), 4) == "nan");
  BOOST_TEST(fixed(-std::numeric_limits<double>::infinity(), 4) == "-inf");
  BOOST_TEST(bar(std::numeric_limits<double>::quiet_NaN(), 2, true).size() > 0u);
}

BOOST_AUTO_TEST_SUITE_END()
