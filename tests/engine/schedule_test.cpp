#include "engine/schedule.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <optional>

#include "core/io/error.hpp"
#include "support/vector_json.hpp"

using namespace trainbus;

namespace {

// The schedule that a case's name begins with: "cosine_w5". None: it is skipped.
std::optional<ScheduleKind> kind_of(const std::string& name) {
  std::string words = name + "-", longest;
  std::replace(words.begin(), words.end(), '_', '-');
  for (const std::string& kind : schedule_names())
    if (words.starts_with(kind + "-") && kind.size() > longest.size()) longest = kind;
  if (!longest.empty()) return schedule_kind(longest);
  testing::skip("lr/" + name, "no schedule is called so");
  return std::nullopt;
}

// None: the case has an option that no schedule has, and is skipped.
std::optional<Schedule> schedule_of(const std::string& name, const boost::json::object& given) {
  const std::optional<ScheduleKind> kind = kind_of(name);
  if (!kind) return std::nullopt;
  Schedule schedule{*kind, testing::number(given.at("lr")),
                    given.at("warmup").to_number<std::int64_t>(),
                    given.at("total").to_number<std::int64_t>()};
  for (const auto& [key, extra] : given.at("extra").as_object()) {
    if (key == "num_cycles")
      schedule.num_cycles = testing::number(extra);
    else if (key == "power")
      schedule.power = testing::number(extra);
    else if (key == "lr_end")
      schedule.lr_end = testing::number(extra);
    else if (key == "timescale")
      schedule.timescale = extra.to_number<std::int64_t>();
    else {
      testing::skip("lr/" + name, "schedules have no option " + std::string(key));
      return std::nullopt;
    }
  }
  return schedule;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_schedule_gives_the_numbers_of_transformers) {
  const auto document = testing::vector_json("lr.json");
  if (document.is_null()) return;
  for (const auto& [name, value] : document.at("schedules").as_object()) {
    const auto& given = value.as_object();
    const std::optional<Schedule> schedule = schedule_of(std::string(name), given);
    if (!schedule) continue;
    std::int64_t step = 0;
    for (const auto& expected : given.at("values").as_array()) {
      const double found = schedule->at(step), wanted = testing::number(expected);
      BOOST_TEST(std::abs(found - wanted) <= 1e-12 * std::max(std::abs(wanted), schedule->lr),
                 name << " step " << step << ": " << found << " != " << wanted);
      ++step;
    }
  }
}

BOOST_AUTO_TEST_CASE(a_misspelt_schedule_is_refused_with_the_nearest_name) {
  BOOST_CHECK_EXCEPTION(schedule_kind("cosin"), UsageError, [](const UsageError& e) {
    return std::string(e.what()).find("cosine") != std::string::npos;
  });
}
