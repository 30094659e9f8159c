#include <boost/test/unit_test.hpp>
#include <limits>

#include "csv_fixture.hpp"

BOOST_FIXTURE_TEST_CASE(a_row_a_step_with_the_declared_columns, CsvFixture) {
  start({"loss", "lr", "ema/loss"});
  csv->publish(event(TB_ON_STEP, 1).epoch(2).set("loss", 2.3456f).set("lr", 1e-6));
  csv->publish(event(TB_ON_STEP, 2).set("ema/loss", 0.1).set("loss", 2));
  BOOST_TEST(table() ==
             "step,epoch,wall_time,attempt,loss,lr,ema/loss\n"
             "1,2,1700000001.250000,1,2.3456,1e-06,\n"
             "2,0,1700000002.250000,1,2,,0.1\n");
}

BOOST_FIXTURE_TEST_CASE(what_is_not_finite_is_written_as_pandas_reads_it, CsvFixture) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  start({"a", "b", "c"});
  csv->publish(event(TB_ON_STEP, 1).set("a", inf - inf).set("b", inf).set("c", -inf));
  BOOST_TEST(table().ends_with(",1,nan,inf,-inf\n"));
}

BOOST_FIXTURE_TEST_CASE(an_evaluation_has_a_row_of_its_own_of_full_width, CsvFixture) {
  start({"loss", "eval/accuracy"});
  step(1, 3);
  csv->publish(event(TB_ON_EVALUATE, 1).set("eval/accuracy", 0.5));
  step(2, 2);
  BOOST_TEST(table() ==
             "step,epoch,wall_time,attempt,loss,eval/accuracy\n"
             "1,0,1700000001.250000,1,3,\n"
             "1,0,1700000001.250000,1,,0.5\n"
             "2,0,1700000002.250000,1,2,\n");
}

BOOST_FIXTURE_TEST_CASE(an_event_without_numbers_has_no_row, CsvFixture) {
  start({"loss"});
  step(1, 3);
  BOOST_TEST(csv->publish(event(TB_ON_EVALUATE, 1)));
  BOOST_TEST(table() ==
             "step,epoch,wall_time,attempt,loss\n"
             "1,0,1700000001.250000,1,3\n");
}

BOOST_FIXTURE_TEST_CASE(a_late_metric_widens_the_whole_table_and_warns_once, CsvFixture) {
  start({"loss"});
  step(1, 3);
  csv->publish(event(TB_ON_STEP, 2).set("loss", 2).set("grad_norm", 7));
  csv->publish(event(TB_ON_STEP, 3).set("late,r", 9).set("loss", 1));
  step(4, 0.5);
  BOOST_TEST(table() ==
             "step,epoch,wall_time,attempt,loss,grad_norm,\"late,r\"\n"
             "1,0,1700000001.250000,1,3,,\n"
             "2,0,1700000002.250000,1,2,7,\n"
             "3,0,1700000003.250000,1,1,,9\n"
             "4,0,1700000004.250000,1,0.5,,\n");
  BOOST_TEST(host.logged("grad_norm was not declared", TB_LOG_WARNING) == 1u);
  BOOST_TEST(host.log.size() == 1u);
}

BOOST_FIXTURE_TEST_CASE(metrics_that_never_stop_being_new_do_not_rewrite_the_table_for_ever,
                        CsvFixture) {
  start({"loss"});
  for (std::uint64_t s = 1; s <= 1100; ++s)
    csv->publish(event(TB_ON_STEP, s).set("loss", 1).set("new" + std::to_string(s), 1));
  csv->publish(event(TB_ON_TRAIN_END, 1100));
  const auto commas = commas_per_line(table());
  BOOST_TEST(commas.size() == 1101u);
  for (const auto count : commas) BOOST_TEST_REQUIRE(count == 4u + 1000u);
  BOOST_TEST(host.logged("no column for new1001", TB_LOG_WARNING) == 1u);
  BOOST_TEST(host.logged("100 rows lack values of metrics that were not declared") == 1u);
}

BOOST_FIXTURE_TEST_CASE(no_two_columns_have_the_same_name, CsvFixture) {
  const auto publish = [this](std::uint64_t number) {
    csv->publish(event(TB_ON_STEP, number).set("loss", 3).set("step", 7).set("attempt", 8));
  };
  start({"loss", "step", "loss"});
  publish(1);
  start({"loss", "step"}, 1);
  publish(2);
  BOOST_TEST(table() ==
             "step,epoch,wall_time,attempt,loss,metric/step,metric/attempt\n"
             "1,0,1700000001.250000,1,3,7,8\n"
             "2,0,1700000002.250000,2,3,7,8\n");
}

BOOST_FIXTURE_TEST_CASE(each_row_is_one_write_and_nothing_else, CsvFixture) {
  start({"loss"});
  step(1, 1);
  const auto before = host.files.operations();
  for (std::uint64_t s = 2; s <= 11; ++s) step(s, 1);
  BOOST_TEST(host.files.operations() == before + 10);
}

BOOST_FIXTURE_TEST_CASE(a_checkpoint_and_the_end_sync_the_table, CsvFixture) {
  start({"loss"});
  csv->publish(event(TB_ON_SAVE, 1).text("checkpoints/step-1"));
  BOOST_TEST(host.files.syncs() == 1u);
  csv->publish(event(TB_ON_TRAIN_END, 1));
  BOOST_TEST(host.files.syncs() == 2u);
}

BOOST_FIXTURE_TEST_CASE(a_file_that_is_no_table_of_ours_is_refused_before_training, CsvFixture) {
  host.files.put("metrics.csv", "name,price\npear,3\n");
  BOOST_CHECK_THROW(start({"loss"}), std::runtime_error);
  BOOST_TEST(table() == "name,price\npear,3\n");
}
