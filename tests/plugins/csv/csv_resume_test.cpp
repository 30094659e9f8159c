#include <boost/test/unit_test.hpp>

#include "csv_fixture.hpp"
#include "table.hpp"

BOOST_FIXTURE_TEST_CASE(rows_past_the_checkpoint_move_aside_and_no_step_appears_twice, CsvFixture) {
  start({"loss"});
  for (std::uint64_t s = 1; s <= 5; ++s) step(s, 10.0 * static_cast<double>(s));
  start({"loss"}, 3);
  step(4, 44);
  BOOST_TEST(table() ==
             "step,epoch,wall_time,attempt,loss\n"
             "1,0,1700000001.250000,1,10\n"
             "2,0,1700000002.250000,1,20\n"
             "3,0,1700000003.250000,1,30\n"
             "4,0,1700000004.250000,2,44\n");
  BOOST_TEST(host.files.get("metrics.orphaned-2.csv") ==
             "step,epoch,wall_time,attempt,loss\n"
             "4,0,1700000004.250000,1,40\n"
             "5,0,1700000005.250000,1,50\n");
}

BOOST_FIXTURE_TEST_CASE(caught_up_events_add_only_what_is_missing, CsvFixture) {
  using trainbus::Phase;
  start({"loss", "eval/loss"});
  step(1, 3);
  step(2, 2);
  start({"loss", "eval/loss"}, 3);
  const auto again = [&](std::uint32_t kind, std::uint64_t s, const char* name, double value) {
    csv->publish(event(kind, s).phase(Phase::CatchUp).attempt(1).set(name, value));
  };
  again(TB_ON_STEP, 1, "loss", 3);
  again(TB_ON_STEP, 2, "loss", 2);
  again(TB_ON_EVALUATE, 2, "eval/loss", 5);
  again(TB_ON_STEP, 3, "loss", 1);
  BOOST_TEST(table() ==
             "step,epoch,wall_time,attempt,loss,eval/loss\n"
             "1,0,1700000001.250000,1,3,\n"
             "2,0,1700000002.250000,1,2,\n"
             "2,0,1700000002.250000,1,,5\n"
             "3,0,1700000003.250000,1,1,\n");
}

BOOST_FIXTURE_TEST_CASE(a_table_of_nothing_but_step_0_is_not_written_twice, CsvFixture) {
  start({"test/loss"});
  csv->publish(event(TB_ON_EVALUATE, 0).set("test/loss", 3));
  const std::string before = table();
  start({"test/loss"}, 1);
  csv->publish(
      event(TB_ON_EVALUATE, 0).phase(trainbus::Phase::CatchUp).attempt(1).set("test/loss", 3));
  BOOST_TEST(table() == before);
}

BOOST_FIXTURE_TEST_CASE(a_resumed_run_keeps_wider_columns_and_adds_new_ones, CsvFixture) {
  start({"loss"});
  csv->publish(event(TB_ON_STEP, 1).set("loss", 3).set("late", 7));
  start({"new", "loss"}, 1);
  csv->publish(event(TB_ON_STEP, 2).set("loss", 2).set("late", 8).set("new", 9));
  BOOST_TEST(table() ==
             "step,epoch,wall_time,attempt,loss,late,new\n"
             "1,0,1700000001.250000,1,3,7,\n"
             "2,0,1700000002.250000,2,2,8,9\n");
}

BOOST_FIXTURE_TEST_CASE(a_torn_tail_of_any_length_is_repaired, CsvFixture) {
  start({"loss", "a \"quoted\"\nname"});
  step(1, 3);
  step(2, 2);
  const std::string whole = table();
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    CsvFixture again;
    again.host.files.put("metrics.csv", whole.substr(0, size));
    again.attempt = 1;
    BOOST_TEST_REQUIRE(again.start({"loss", "a \"quoted\"\nname"}, 2));
    again.step(3, 1);
    const std::string repaired = again.table();
    const std::string header = whole.substr(0, whole.find("\n1,") + 1);
    BOOST_TEST(repaired.starts_with(header));
    BOOST_TEST(repaired.ends_with("\n3,0,1700000003.250000,2,1,\n"));
    for (const auto commas : commas_per_line(repaired.substr(header.size())))
      BOOST_TEST(commas == 5u);
  }
}

BOOST_FIXTURE_TEST_CASE(damaged_rows_move_aside_with_all_that_follow, CsvFixture) {
  start({"loss"});
  step(1, 3);
  host.files.put("metrics.csv", table() + "2,0\n3,0,1.0,1,5\n");
  start({"loss"}, 3);
  BOOST_TEST(table().ends_with("1,0,1700000001.250000,1,3\n"));
  BOOST_TEST(host.files.get("metrics.orphaned-2.csv").ends_with("2,0\n3,0,1.0,1,5\n"));
}

BOOST_FIXTURE_TEST_CASE(a_row_whose_values_are_no_numbers_is_damaged, CsvFixture) {
  start({"loss"});
  step(1, 3);
  host.files.put("metrics.csv", table() + "2,0,1.0,1,0,5\n3,0,1.0,1,x\n");
  start({"loss"}, 3);
  BOOST_TEST(table().ends_with("1,0,1700000001.250000,1,3\n"));
}

BOOST_FIXTURE_TEST_CASE(a_table_whose_beginning_did_not_come_to_the_disk_begins_anew, CsvFixture) {
  start({"loss"});
  step(1, 3);
  const std::string whole = table();
  for (std::size_t from = 0; from < whole.size(); ++from) {
    std::string damaged = whole;
    damaged.replace(from, 8, std::min<std::size_t>(8, whole.size() - from), '\0');
    host.files.put("metrics.csv", damaged);
    attempt = 1;
    BOOST_TEST_REQUIRE(start({"loss"}, 0));
    BOOST_TEST(table() == "step,epoch,wall_time,attempt,loss\n");
  }
}

BOOST_FIXTURE_TEST_CASE(an_observer_added_again_in_the_same_attempt_goes_on, CsvFixture) {
  start({"loss"});
  step(1, 3);
  attempt = 0;
  start({"loss"}, 0);
  step(2, 2);
  BOOST_TEST(commas_per_line(table()).size() == 3u);
}

BOOST_FIXTURE_TEST_CASE(a_table_too_large_to_rewrite_is_continued_in_a_next_file, CsvFixture) {
  const auto begin = event(TB_ON_TRAIN_BEGIN, 0).metrics({"loss"});
  const auto run = [&](std::uint32_t number, std::uint64_t initial, auto... events) {
    Table table(host.host(), "metrics.csv", 60);
    EventBuilder first = begin;
    first.attempt(number).set("initial_step", static_cast<double>(initial));
    table.begin(trainbus::Event(first.build()));
    (table.write(trainbus::Event(events.attempt(number).build())), ...);
  };
  run(1, 0, event(TB_ON_STEP, 1).set("loss", 3), event(TB_ON_STEP, 2).set("loss", 2),
      event(TB_ON_STEP, 3).set("loss", 1).set("late", 5));
  BOOST_TEST(commas_per_line(host.files.get("metrics.csv")).size() == 3u);
  BOOST_TEST(host.files.get("metrics-2.csv") ==
             "step,epoch,wall_time,attempt,loss,late\n"
             "3,0,1700000003.250000,1,1,5\n");

  // A resume behind both files cuts both and continues in the newest.
  run(2, 1, event(TB_ON_STEP, 2).set("loss", 20));
  BOOST_TEST(commas_per_line(host.files.get("metrics.csv")).size() == 2u);
  BOOST_TEST(host.files.get("metrics-2.csv") ==
             "step,epoch,wall_time,attempt,loss,late\n"
             "2,0,1700000002.250000,2,20,\n");
  BOOST_TEST(host.files.exists("metrics.orphaned-2.csv"));
  BOOST_TEST(host.files.exists("metrics-2.orphaned-2.csv"));
}

BOOST_FIXTURE_TEST_CASE(a_table_that_a_spreadsheet_saved_goes_on_as_it_was, CsvFixture) {
  start({"loss"});
  step(1, 3);
  const std::string before = table();
  for (const char* saved :
       {"\xEF\xBB\xBFstep,epoch,wall_time,attempt,loss\r\n1,0,1700000001.250000,1,3\r\n",
        "step,epoch,wall_time,attempt,loss\r\n1,0,1700000001.250000,1,3\r\n",
        "\"step\",\"epoch\",\"wall_time\",\"attempt\",\"loss\"\n1,0,\"1700000001.250000\",1,3"}) {
    csv.reset();
    host.files.put("metrics.csv", saved);
    attempt = 1;
    start({"loss"}, 1);
    BOOST_TEST(table() == before);
    step(2, 2);
    BOOST_TEST(table() == before + "2,0,1700000002.250000,2,2\n");
  }
}

BOOST_FIXTURE_TEST_CASE(a_table_with_other_separators_is_put_aside_and_written_anew, CsvFixture) {
  start({"loss"});
  step(1, 3.5);
  csv.reset();
  const std::string saved = "step;epoch;wall_time;attempt;loss\r\n1;0;1700000001,250000;1;3,5\r\n";
  host.files.put("metrics.csv", saved);
  start({"loss"}, 1);
  csv->publish(event(TB_ON_STEP, 1).phase(trainbus::Phase::CatchUp).attempt(1).set("loss", 3.5));
  BOOST_TEST(table() == "step,epoch,wall_time,attempt,loss\n1,0,1700000001.250000,1,3.5\n");
  BOOST_TEST(host.files.get("metrics.edited.csv") == saved);
}
