// A run's attempts in run.json, and requests from outside.
#include "core/plan/run_attempts.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include "core/io/error.hpp"
#include "core/io/json.hpp"
#include "core/io/requests.hpp"

using namespace trainbus;

BOOST_AUTO_TEST_CASE(the_record_names_each_attempt_with_its_process_and_its_end) {
  const std::string first =
      with_attempt(R"({"options":1})", "", {.number = 1, .unix_ns = 1'000'000'000, .text = "{}"});
  const std::string ended = with_end(first, {.kind = "interrupted", .step = 3});
  const std::string second = with_attempt(
      R"({"options":2})", ended, {.number = 2, .resumed_step = 3, .text = R"({"cpu":"avx2"})"});
  const boost::json::value run = boost::json::parse(second);
  BOOST_TEST(run.at("options").as_int64() == 2);
  const boost::json::array& attempts = run.at("attempts").as_array();
  BOOST_TEST_REQUIRE(attempts.size() == 2u);
  BOOST_TEST(attempts[0].at("number").to_number<int>() == 1);
  BOOST_TEST(attempts[0].at("began_unix_s").as_double() == 1.0);
  BOOST_TEST(attempts[0].at("pid").to_number<int>() > 0);
  BOOST_TEST(attempts[0].at("end").at("kind").as_string() == "interrupted");
  BOOST_TEST(attempts[1].at("resumed_step").to_number<int>() == 3);
  BOOST_TEST(attempts[1].at("cpu").as_string() == "avx2");
  BOOST_TEST(!attempts[1].as_object().contains("end"));
}

BOOST_AUTO_TEST_CASE(an_attempt_that_was_killed_before_it_began_is_replaced) {
  const std::string once = with_attempt("{}", "", {.number = 1, .text = "{}"});
  const std::string again = with_attempt("{}", once, {.number = 1, .text = "{}"});
  BOOST_TEST(boost::json::parse(again).at("attempts").as_array().size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_record_that_is_none_is_refused_and_one_of_earlier_attempts_is_forgiven) {
  BOOST_CHECK_THROW(with_attempt("[]", "", {.text = "{}"}), RunError);
  BOOST_CHECK_THROW(with_end("", {}), RunError);
  const std::string record = with_attempt("{}", "torn {", {.number = 4, .text = "{}"});
  BOOST_TEST(boost::json::parse(record).at("attempts").as_array().size() == 1u);
}

BOOST_AUTO_TEST_CASE(numbers_of_a_record_stay_as_they_were_however_often_it_is_written_again) {
  // Boost.JSON 1.81 reads each of these one unit in the last place beside what it says.
  std::string record =
      R"({"lr":1.2008989991919147E-6,"eps":9.098366503204181E-5,"decay":0.009452342465006595})";
  for (std::uint32_t number = 1; number < 5; ++number)
    record = with_end(with_attempt(record, record, {.number = number, .text = "{}"}), {});
  const boost::json::value run = parse_json(record, "run.json");
  BOOST_TEST(run.at("lr").as_double() == 1.2008989991919147e-6);
  BOOST_TEST(run.at("eps").as_double() == 9.098366503204181e-5);
  BOOST_TEST(run.at("decay").as_double() == 0.009452342465006595);
  BOOST_TEST(run.at("attempts").as_array().size() == 4u);
}

BOOST_AUTO_TEST_CASE(the_first_request_to_stop_counts_and_a_save_is_taken_once) {
  Requests requests;
  BOOST_TEST(!requests.stop_requested());
  requests.stop("signal", "SIGINT");
  requests.stop("other", "later");
  BOOST_TEST(requests.stop_requested());
  BOOST_TEST(requests.author() == "signal");
  BOOST_TEST(requests.reason() == "SIGINT");
  BOOST_TEST(!requests.hurried());
  requests.hurry();
  BOOST_TEST(requests.hurried());
  BOOST_TEST(!requests.take_save());
  requests.save();
  requests.save();
  BOOST_TEST(requests.take_save());
  BOOST_TEST(!requests.take_save());
}
