#include "engine/schedule.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <optional>

#include "core/io/error.hpp"
#include "support/vector_json.hpp"

using namespace trainbus;

namespace {

// The schedule that a case is named after: "cosine_w5". None: it is skipped.
std::optional<ScheduleKind> kind_of(std::string name) {
  const std::string full = name;
  name.resize(std::min(name.rfind("_w"), name.size()));
  for (char& c : name)
    if (c == '_') c = '-';
  try {
    return schedule_kind(name);
  } catch (const UsageError& error) {
    testing::skip("lr/" + full, error.what());
    return std::nullopt;
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_schedule_gives_the_numbers_of_transformers) {
  const auto document = testing::vector_json("lr.json");
  if (document.is_null()) return;
  for (const auto& [name, value] : document.at("schedules").as_object()) {
    const std::optional<ScheduleKind> kind = kind_of(std::string(name));
    if (!kind) continue;
    const auto& given = value.as_object();
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
      else
        BOOST_FAIL("unknown schedule option " << key);
    }
    std::int64_t step = 0;
    for (const auto& expected : given.at("values").as_array()) {
      const double found = schedule.at(step), wanted = testing::number(expected);
      BOOST_TEST(std::abs(found - wanted) <= 1e-12 * std::max(std::abs(wanted), schedule.lr),
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
