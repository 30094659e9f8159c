#include "report/data.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <limits>

namespace trainbus::testing {
namespace {

namespace json = boost::json;
using report::Run;

Run a_run(std::string name) {
  Run run;
  run.name = std::move(name);
  run.ending = {"completed", "completed: all 3 steps"};
  run.metrics.series["loss"] = {{1, 2, 3},
                                {0.5, std::numeric_limits<double>::quiet_NaN(), 0.123456789}};
  return run;
}

json::object parsed(const Run& run, const std::string& title = "T") {
  return json::parse(report::data_of(std::span(&run, 1), {title, false, 5})).as_object();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(data)

BOOST_AUTO_TEST_CASE(values_that_are_not_finite_are_null_and_counted) {
  const json::object data = parsed(a_run("r"));
  const json::value& loss = data.at("runs").at(0).at("series").at("loss");
  BOOST_TEST(json::serialize(loss.at("step")) == "[1,2,3]");
  BOOST_TEST(loss.at("value").at(1).is_null());
  BOOST_TEST(loss.at("nonfinite").as_int64() == 1);
  BOOST_TEST(loss.at("first_nonfinite").as_int64() == 2);
}

BOOST_AUTO_TEST_CASE(numbers_have_as_many_digits_as_can_be_seen) {
  const json::object data = parsed(a_run("r"));
  BOOST_TEST(data.at("runs").at(0).at("series").at("loss").at("value").at(2).as_double() ==
             0.1234568);
}

BOOST_AUTO_TEST_CASE(no_text_can_leave_its_script_element) {
  const std::string name = "</script><!--<script>&\xE2\x80\xA8\xE2\x80\xA9\"\\";
  const Run run = a_run(name);
  const std::string text = report::data_of(std::span(&run, 1), {name, false, 5});
  for (const char* forbidden : {"<", ">", "&", "\xE2\x80\xA8", "\xE2\x80\xA9"})
    BOOST_TEST(text.find(forbidden) == std::string::npos);
  BOOST_TEST(json::parse(text).at("runs").at(0).at("name").as_string() == name);
  BOOST_TEST(json::parse(text).at("title").as_string() == name);
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_text_become_replacement_characters) {
  const json::object data = parsed(a_run("a\xFF\xC0\xAF\xED\xA0\x80z\xE2\x82"));
  const std::string name(data.at("runs").at(0).at("name").as_string());
  BOOST_TEST(name.starts_with("a\xEF\xBF\xBD"));
  BOOST_TEST(name.find("z\xEF\xBF\xBD") != std::string::npos);
  BOOST_TEST(report::safe_in_html("\xE2\x82\xAC \xF0\x9F\x8E\x89") ==
             "\xE2\x82\xAC \xF0\x9F\x8E\x89");
}

BOOST_AUTO_TEST_CASE(a_long_series_comes_thinned_with_its_means_and_its_true_length) {
  Run run = a_run("r");
  report::Series& loss = run.metrics.series["loss"];
  loss = {};
  for (int step = 1; step <= 100000; ++step) {
    loss.step.push_back(step);
    loss.value.push_back(step % 7);
  }
  const json::object data = parsed(run);
  const json::value& series = data.at("runs").at(0).at("series").at("loss");
  BOOST_TEST(series.at("total").to_number<int>() == 100000);
  BOOST_TEST(series.at("step").as_array().size() <= 4000u);
  BOOST_TEST(series.at("step").as_array().back().as_int64() == 100000);
  BOOST_TEST(series.at("means").at("step").as_array().size() > 1000u);
}

BOOST_AUTO_TEST_CASE(the_record_of_the_end_is_handed_on) {
  Run run = a_run("r");
  run.record =
      json::parse(R"({"end":{"kind":"completed","observers":[{"name":"csv"}]}})").as_object();
  BOOST_TEST(parsed(run).at("runs").at(0).at("end").at("observers").at(0).at("name").as_string() ==
             "csv");
  BOOST_TEST(parsed(a_run("r")).at("runs").at(0).at("end").is_null());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
