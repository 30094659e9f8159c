// ema against running losses that were computed in plain Python doubles.
#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <limits>

#include "ema_fixture.hpp"
#include "support/vector_json.hpp"

namespace {

namespace json = boost::json;
constexpr double tolerance = 1e-12;  // relative

// The cases of this kind that the set has.
json::array cases(const char* kind) {
  const json::value parsed = trainbus::testing::vector_json("ema.json");
  if (parsed.is_null()) return {};
  const json::value* found = trainbus::testing::field_of(parsed, kind, "ema.json");
  return found == nullptr ? json::array() : found->as_array();
}

double number(const json::value& value) {
  if (!value.is_string()) return value.to_number<double>();
  return value.as_string() == "nan"    ? std::numeric_limits<double>::quiet_NaN()
         : value.as_string() == "-inf" ? -std::numeric_limits<double>::infinity()
                                       : std::numeric_limits<double>::infinity();
}

std::string text(const json::value& value) {
  std::string out;
  trainbus::append_number(out, number(value));
  return out;
}

void check_equal(const std::optional<double>& got, const json::value& expected) {
  BOOST_TEST_REQUIRE(got.has_value() == !expected.is_null());
  if (got) BOOST_TEST(std::abs(*got - number(expected)) <= tolerance * std::abs(number(expected)));
}

void check_run(const json::object& run, const char* bias_correction, const char* expected_key) {
  const std::string decay = text(run.at("beta"));
  EmaFixture ema{{"decay", decay.c_str()}, {"bias-correction", bias_correction}};
  const json::array& losses = run.at("losses").as_array();
  const json::array& expected = run.at(expected_key).as_array();
  for (std::size_t i = 0; i < losses.size(); ++i)
    check_equal(ema.forward(number(losses[i])), expected[i]);

  ema.instance.publish(trainbus::testing::EventBuilder(TB_ON_TRAIN_END));
  const auto skipped = run.at("skipped_nonfinite").to_number<unsigned>();
  BOOST_TEST(ema.host.logged(std::to_string(skipped) + " losses were not finite") ==
             (skipped > 0 ? 1u : 0u));
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_running_loss_equals_the_reference_after_every_forward) {
  for (const json::value& run : cases("cases")) check_run(run.as_object(), "false", "ema");
}

BOOST_AUTO_TEST_CASE(the_bias_corrected_running_loss_equals_the_reference) {
  for (const json::value& run : cases("cases"))
    check_run(run.as_object(), "true", "ema_bias_corrected");
}

BOOST_AUTO_TEST_CASE(a_resumed_run_continues_as_the_reference_does) {
  for (const json::value& value : cases("cases")) {
    const json::object& run = value.as_object();
    const json::object& resume = run.at("resume").as_object();
    const std::string decay = text(run.at("beta"));
    const json::array& losses = run.at("losses").as_array();
    const auto done = resume.at("forwards_done").to_number<std::size_t>();

    EmaFixture before{{"decay", decay.c_str()}}, restored{{"decay", decay.c_str()}},
        reseeded{{"decay", decay.c_str()}};
    std::optional<double> last;
    for (std::size_t i = 0; i < done; ++i) last = before.forward(number(losses[i]));
    check_equal(last, resume.at("ema_saved"));

    restored.instance.load_state(before.instance.save_state());
    for (std::size_t i = done; i < losses.size(); ++i) {
      check_equal(restored.forward(number(losses[i])), resume.at("ema_restored").at(i - done));
      check_equal(reseeded.forward(number(losses[i])), resume.at("ema_reseeded").at(i - done));
    }
  }
}

BOOST_AUTO_TEST_CASE(each_rule_for_two_sided_steps_equals_its_reference) {
  for (const json::value& value : cases("zeroth_order")) {
    const json::object& run = value.as_object();
    EmaFixture plus, both{{"sides", "both"}}, mean{{"sides", "mean"}};
    const json::array& pluses = run.at("loss_plus").as_array();
    const json::array& minuses = run.at("loss_minus").as_array();
    const json::array& every = run.at("ema_every_forward").as_array();
    for (std::size_t i = 0; i < pluses.size(); ++i) {
      const double l_plus = number(pluses[i]), l_minus = number(minuses[i]);
      check_equal(plus.forward(l_plus, +1), run.at("ema_plus_only").at(i));
      check_equal(plus.forward(l_minus, -1), run.at("ema_plus_only").at(i));
      check_equal(both.forward(l_plus, +1), every[2 * i]);
      check_equal(both.forward(l_minus, -1), every[2 * i + 1]);
      mean.forward(l_plus, +1);
      check_equal(mean.forward(l_minus, -1), run.at("ema_of_mean").at(i));
    }
  }
}
