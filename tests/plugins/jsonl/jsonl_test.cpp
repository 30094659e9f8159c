#include <boost/test/unit_test.hpp>
#include <limits>

#include "jsonl_fixture.hpp"

BOOST_FIXTURE_TEST_CASE(a_step_is_one_object_on_one_line_with_fixed_first_keys, JsonlFixture) {
  create();
  jsonl->publish(event(TB_ON_STEP, 3)
                     .epoch(1)
                     .unix_ns(1'700'000'000'123'456'789)
                     .set("loss", 2.3456f)
                     .set("lr", 1e-6));
  BOOST_TEST(text() ==
             "{\"v\":1,\"type\":\"step\",\"attempt\":1,\"step\":3,\"t\":1700000000.123456,"
             "\"epoch\":1,\"loss\":2.3456,\"lr\":1e-06}\n");
}

BOOST_FIXTURE_TEST_CASE(what_json_has_no_number_for_is_a_string, JsonlFixture) {
  constexpr double inf = std::numeric_limits<double>::infinity();
  create();
  jsonl->publish(event(TB_ON_STEP, 1).set("a", inf - inf).set("b", inf).set("c", -inf));
  const auto line = lines().at(0);
  BOOST_TEST(line.at("a").as_string() == "NaN");
  BOOST_TEST(line.at("b").as_string() == "Infinity");
  BOOST_TEST(line.at("c").as_string() == "-Infinity");
}

BOOST_FIXTURE_TEST_CASE(texts_appear_under_the_name_of_what_they_are, JsonlFixture) {
  create();
  jsonl->publish(event(TB_ON_TRAIN_BEGIN, 0)
                     .text("{\"seed\":\"7\",\n \"model\":\"m\"}")
                     .metrics({"loss", "ema/loss"})
                     .set("total_steps", 100));
  jsonl->publish(event(TB_ON_SAVE, 5).text("runs/a \"b\""));
  jsonl->publish(event(TB_ON_EXCEPTION, 6).text("bad\nthing"));
  jsonl->publish(event(TB_ON_TRAIN_END, 6).text("failed: bad thing"));
  const auto all = lines();
  BOOST_TEST_REQUIRE(all.size() == 4u);
  BOOST_TEST(all[0].at("run").at("model").as_string() == "m");
  BOOST_TEST(all[0].at("metrics").at(1).as_string() == "ema/loss");
  BOOST_TEST(all[0].at("total_steps").to_number<int>() == 100);
  BOOST_TEST(all[1].at("path").as_string() == "runs/a \"b\"");
  BOOST_TEST(all[2].at("text").as_string() == "bad\nthing");
  BOOST_TEST(all[3].at("reason").as_string() == "failed: bad thing");
}

BOOST_FIXTURE_TEST_CASE(a_run_description_that_is_no_object_stays_a_string, JsonlFixture) {
  create();
  jsonl->publish(event(TB_ON_TRAIN_BEGIN, 0).text("not json"));
  BOOST_TEST(lines().at(0).at("run").as_string() == "not json");
}

BOOST_FIXTURE_TEST_CASE(a_metric_named_like_a_key_of_ours_does_not_double_it, JsonlFixture) {
  create();
  jsonl->publish(event(TB_ON_STEP, 3).set("step", 99).set("we\"ird", 1));
  const auto line = lines().at(0);
  BOOST_TEST(line.at("step").to_number<int>() == 3);
  BOOST_TEST(line.at("metric/step").to_number<int>() == 99);
  BOOST_TEST(line.at("we\"ird").to_number<int>() == 1);
}

BOOST_FIXTURE_TEST_CASE(by_default_forwards_are_left_out_and_by_choice_they_are_in, JsonlFixture) {
  create();
  jsonl->publish(event(TB_ON_FORWARD, 1).set("loss", 1));
  step(1);
  BOOST_TEST(summary() == "step 1");

  JsonlFixture chosen;
  chosen.host.set("events", "forward,train_end");
  chosen.create();
  chosen.jsonl->publish(event(TB_ON_FORWARD, 1).set("loss", 1));
  chosen.step(1);
  chosen.jsonl->publish(event(TB_ON_TRAIN_END, 1));
  BOOST_TEST(chosen.summary() == "forward 1, train_end 1");
}

BOOST_FIXTURE_TEST_CASE(all_records_events_that_a_later_host_invents, JsonlFixture) {
  host.set("events", "all");
  create();
  jsonl->publish(event(40, 2).text("new"));
  BOOST_TEST(summary() == "unknown 2");
  BOOST_TEST(lines().at(0).at("text").as_string() == "new");
}

BOOST_FIXTURE_TEST_CASE(an_unknown_event_name_is_refused_before_training, JsonlFixture) {
  host.set("events", "step,stpe");
  BOOST_CHECK_EXCEPTION(create(), std::runtime_error, [](const std::exception& e) {
    return std::string(e.what()).find("\"stpe\"") != std::string::npos;
  });
}

BOOST_FIXTURE_TEST_CASE(a_histogram_has_its_tensor_its_numbers_and_its_buckets, JsonlFixture) {
  const double limits[] = {-0.5, 0, 2}, counts[] = {1, 0, 3};
  const tb_histogram buckets{.size = sizeof(tb_histogram),
                             .count = 4,
                             .nonfinite = 1,
                             .min = -1,
                             .max = 2,
                             .sum = 4,
                             .sum_squares = 10,
                             .limits = limits,
                             .counts = counts,
                             .bucket_count = 3};
  host.histogram(buckets);
  create();
  BOOST_TEST(
      jsonl->publish(event(TB_ON_HISTOGRAM, 5).text("layers.0.w").set("count", 4).set("min", -1)));
  BOOST_TEST(
      text().ends_with(",\"tensor\":\"layers.0.w\",\"count\":4,\"min\":-1,"
                       "\"limits\":[-0.5,0,2],\"counts\":[1,0,3]}\n"));
  BOOST_TEST(summary() == "histogram 5");
}

BOOST_FIXTURE_TEST_CASE(a_full_disk_fails_once_and_the_log_goes_on_later, JsonlFixture) {
  start();
  host.files.fail_after(0);
  BOOST_TEST(!step(1));
  BOOST_TEST(step(2));
  BOOST_TEST(step(3));
  host.files.heal();
  BOOST_TEST(step(4));
  BOOST_TEST(summary() == "train_begin 0, step 4");
  jsonl->publish(event(TB_ON_TRAIN_END, 4).text("completed"));
  BOOST_TEST(host.logged("metrics.jsonl lacks 3 lines of steps 1 to 3, which could not be written",
                         TB_LOG_WARNING) == 1u);
}
