// The table when the disk fails, at every operation in turn.
#include <boost/test/unit_test.hpp>

#include "csv_fixture.hpp"

namespace {

// A run with a late metric, killed and resumed with orphans; whether csv could be created each
// time.
bool run(CsvFixture& f) {
  try {
    f.start({"loss"});
    for (std::uint64_t s = 1; s <= 4; ++s) f.step(s, 1);
    f.csv->publish(f.event(TB_ON_STEP, 5).set("loss", 1).set("late", 2));
    f.step(6, 1);
    f.start({"loss"}, 4);
    for (std::uint64_t s = 5; s <= 9; ++s) f.step(s, 1);
    f.csv->publish(f.event(TB_ON_TRAIN_END, 9));
    return true;
  } catch (const std::runtime_error&) {
    return false;  // create refused: the run does not start
  }
}

// Every row whole and as wide as the header, and no step twice.
void check_table(const std::string& table) {
  if (table.empty()) return;
  BOOST_TEST(table.back() == '\n');
  const auto commas = commas_per_line(table);
  for (const auto count : commas) BOOST_TEST(count == commas.front());
  std::uint64_t last = 0;
  for (auto at = table.find('\n') + 1; at < table.size(); at = table.find('\n', at) + 1) {
    const std::uint64_t step = std::stoull(table.substr(at));
    BOOST_TEST(step > last);
    last = step;
  }
}

std::uint64_t operations_of_a_clean_run() {
  CsvFixture clean;
  BOOST_TEST_REQUIRE(run(clean));
  return clean.host.files.operations();
}

}  // namespace

BOOST_AUTO_TEST_CASE(one_failed_operation_never_damages_the_table) {
  const std::uint64_t count = operations_of_a_clean_run();
  BOOST_TEST(count > 15u);
  for (std::uint64_t k = 0; k < count; ++k) {
    CsvFixture f;
    f.host.files.fail_after(k, 1);
    const bool complete = !run(f) || f.table().find("\n9,") != f.table().npos;
    BOOST_TEST((complete || f.host.logged("metrics.csv lacks 1 row of step ") == 1),
               "fault at " << k);
    check_table(f.table());
  }
}

BOOST_AUTO_TEST_CASE(a_disk_that_stays_full_never_damages_the_table) {
  const std::uint64_t count = operations_of_a_clean_run();
  for (std::uint64_t k = 0; k < count; ++k) {
    CsvFixture f;
    f.host.files.fail_after(k);
    run(f);
    check_table(f.table());
  }
}

BOOST_FIXTURE_TEST_CASE(a_full_disk_fails_once_is_counted_and_ends, CsvFixture) {
  start({"loss"});
  step(1, 1);
  host.files.fail_after(0);
  BOOST_TEST(!step(2, 1));
  for (std::uint64_t s = 3; s <= 50; ++s) BOOST_TEST(step(s, 1));
  host.files.heal();
  BOOST_TEST(step(51, 1));
  BOOST_TEST(host.logged("metrics.csv can be written again, from step 51 on") == 1u);
  csv->publish(event(TB_ON_TRAIN_END, 51));
  BOOST_TEST(host.logged("metrics.csv lacks 49 rows of steps 2 to 50, which could not be written",
                         TB_LOG_WARNING) == 1u);
  BOOST_TEST(commas_per_line(table()).size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(a_table_that_could_not_be_begun_begins_when_the_disk_has_room, CsvFixture) {
  host.files.fail_after(1);
  BOOST_TEST(!start({"loss"}));
  BOOST_TEST(!step(1, 1));
  BOOST_TEST(step(2, 1));
  host.files.heal();
  BOOST_TEST(step(3, 1));
  BOOST_TEST(table() == "step,epoch,wall_time,attempt,loss\n3,0,1700000003.250000,1,1\n");
}

BOOST_FIXTURE_TEST_CASE(a_disk_without_room_for_a_wider_table_still_gets_every_row, CsvFixture) {
  const auto late = [&](std::uint64_t number, std::int64_t seconds) {
    return csv->publish(
        event(TB_ON_STEP, number).run_ns(seconds * 1'000'000'000).set("loss", 1).set("late", 7));
  };
  start({"loss"});
  step(1, 1);
  host.files.fail_after(1,
                        1);  // reading the table succeeds, putting a wider one in its place fails
  BOOST_TEST(late(2, 0));
  const auto before = host.files.operations();
  BOOST_TEST(late(3, 29));
  BOOST_TEST(host.files.operations() == before + 1);  // not tried again so soon
  BOOST_TEST(late(4, 30));
  csv->publish(event(TB_ON_TRAIN_END, 4));
  BOOST_TEST(table() ==
             "step,epoch,wall_time,attempt,loss,late\n"
             "1,0,1700000001.250000,1,1,\n"
             "2,0,1700000002.250000,1,1,\n"
             "3,0,1700000003.250000,1,1,\n"
             "4,0,1700000004.250000,1,1,7\n");
  BOOST_TEST(host.logged("metrics.csv has no column for late", TB_LOG_WARNING) == 1u);
  BOOST_TEST(host.logged("2 rows lack values of metrics that were not declared") == 1u);
}
