#include "tensorboard/run_options.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace trainbus::tensorboard;

namespace {

constexpr const char* kRun = R"({"trainbus": "1.0", "verb": "train", "run_file": "",
  "options": {"seed": {"value": 7, "source": "default"},
              "model": {"value": "a|b", "source": "run.ini:3"},
              "note": {"value": "", "source": "default"}, "odd": 3},
  "task": {"name": {"value": "sst2", "source": "command line"}},
  "plugins": [
    {"name": "mezo", "role": "optimizer", "options": {"lr": {"value": 1e-6, "source": "default"}}},
    {"name": "csv", "role": "sink", "options": {"sync": {"value": true, "source": "default"}}},
    5],
  "left_out": []})";

}  // namespace

BOOST_AUTO_TEST_SUITE(run_description)

BOOST_AUTO_TEST_CASE(options_are_named_as_on_the_command_line) {
  const std::vector<RunOption> found = run_options(parse_json(kRun));
  BOOST_TEST_REQUIRE(found.size() == 6u);
  BOOST_TEST(found[0].name == "seed");
  BOOST_TEST((found[0].value == HyperValue(7.0)));
  BOOST_TEST(found[3].name == "task.name");
  BOOST_TEST(found[4].name == "mezo.lr");
  BOOST_TEST(found[5].name == "csv.sync");
  BOOST_TEST((found[5].value == HyperValue(true)));
}

BOOST_AUTO_TEST_CASE(hyper_parameters_are_what_can_change_the_numbers) {
  const HyperParameters found = hyper_parameters(run_options(parse_json(kRun)));
  BOOST_TEST_REQUIRE(found.size() == 4u);
  BOOST_TEST(found[1].first == "model");
  BOOST_TEST(found[2].first == "task.name");
  BOOST_TEST(found[3].first == "mezo.lr");
}

BOOST_AUTO_TEST_CASE(where_a_run_is_kept_and_how_events_are_delivered_are_no_hyper_parameters) {
  const HyperParameters found = hyper_parameters(run_options(parse_json(R"({
    "options": {"name": {"value": "a"}, "run-dir": {"value": "runs/a"}, "seed": {"value": 7}},
    "plugins": [{"name": "slow", "role": "metric",
                 "options": {"every": {"value": 1, "source": "default"},
                             "after": {"value": 9, "source": "run.ini:3"},
                             "decay": {"value": 0.9, "source": "default"}}},
                {"name": "mine", "role": "optimizer",
                 "options": {"every": {"value": 3, "source": "default"}}}]})")));
  BOOST_TEST_REQUIRE(found.size() == 4u);
  BOOST_TEST(found[0].first == "seed");
  BOOST_TEST(found[1].first == "slow.after");
  BOOST_TEST(found[2].first == "slow.decay");
  BOOST_TEST(found[3].first == "mine.every");
}

BOOST_AUTO_TEST_CASE(the_table_shows_every_option_with_its_source) {
  const std::string table = markdown(run_options(parse_json(kRun)));
  BOOST_TEST(table.starts_with(
      "| option | value | from |\n| --- | --- | --- |\n| seed | 7 | default |\n"));
  BOOST_TEST(table.find("| model | a\\|b | run.ini:3 |\n") != table.npos);
  BOOST_TEST(table.find("| csv.sync | true | default |\n") != table.npos);
}

BOOST_AUTO_TEST_CASE(a_description_of_another_shape_has_no_options) {
  for (const char* other : {"null", "[]", "{}", R"({"options": [1], "plugins": {"a": 1}})"})
    BOOST_TEST(run_options(parse_json(other)).empty());
}

BOOST_AUTO_TEST_CASE(strings_are_unescaped) {
  const Json text = parse_json(R"("a\"\\\/\n\u00e9\u8a13\ud83d\ude80\ud800x")");
  BOOST_TEST(*text.as<std::string>() == "a\"\\/\n\u00e9\u8a13\U0001F680\ufffdx");
}

BOOST_AUTO_TEST_CASE(what_is_no_json_is_refused) {
  for (const char* bad : {"", "{", "[1,]", "{\"a\"}", "\"open", "\"\\x\"", "\"\\u12\"", "1 2",
                          "tru", "{\"a\":1,}", "-", "\"\\ud800\\u12"})
    BOOST_CHECK_THROW(parse_json(bad), std::runtime_error);
  BOOST_CHECK_THROW(parse_json(std::string(100000, '[')), std::runtime_error);
}

BOOST_AUTO_TEST_SUITE_END()
