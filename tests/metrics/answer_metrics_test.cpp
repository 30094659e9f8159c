// Exact match and F1 against the reference vectors, metrics.json.
#include "metrics/answer_metrics.hpp"

#include <boost/test/unit_test.hpp>

#include "support/vector_json.hpp"
#include "metrics/confusion.hpp"

using namespace trainbus::metrics;
using trainbus::testing::field_of;
using trainbus::testing::number;
using trainbus::testing::vector_json;

namespace {

using Strings = std::vector<std::string>;

std::string text_of(const boost::json::value& value) { return std::string(value.as_string()); }

Strings texts_of(const boost::json::value& list) {
  Strings texts;
  for (const boost::json::value& one : list.as_array()) texts.push_back(text_of(one));
  return texts;
}

// A right answer, or a list of them.
std::vector<std::uint32_t> right_of(const boost::json::value& value) {
  if (!value.is_array()) return {value.to_number<std::uint32_t>()};
  std::vector<std::uint32_t> right;
  for (const auto& one : value.as_array()) right.push_back(one.to_number<std::uint32_t>());
  return right;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(answer_metrics)

BOOST_AUTO_TEST_CASE(pairs_of_the_vectors_have_their_normal_forms_exact_match_and_f1) {
  const boost::json::value document = vector_json("metrics.json");
  if (document.is_null()) return;
  double matches = 0, f1 = 0, pairs = 0;
  for (const boost::json::value& pair : document.at("pairs").as_array()) {
    const std::string prediction = text_of(pair.at("prediction"));
    const Strings answers = texts_of(pair.at("answers"));
    const std::string where = boost::json::serialize(pair);
    BOOST_TEST(normalized_answer(prediction) == text_of(pair.at("normalised")), where);
    const Strings normalised = texts_of(pair.at("normalised_answers"));
    for (std::size_t i = 0; i < answers.size(); ++i)
      BOOST_TEST(normalized_answer(answers[i]) == normalised.at(i), where);
    BOOST_TEST(exact_match(prediction, answers) == (number(pair.at("exact_match")) == 1), where);
    BOOST_TEST(answer_f1(prediction, answers) == number(pair.at("f1")),
               boost::test_tools::tolerance(1e-15));
    matches += exact_match(prediction, answers);
    f1 += answer_f1(prediction, answers);
    ++pairs;
  }
  BOOST_TEST_REQUIRE(pairs > 0);
  if (const auto* mean = field_of(document, "mean_exact_match", "metrics.json"))
    BOOST_TEST(matches / pairs == number(*mean), boost::test_tools::tolerance(1e-14));
  if (const auto* mean = field_of(document, "mean_f1", "metrics.json"))
    BOOST_TEST(f1 / pairs == number(*mean), boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(a_prediction_is_right_if_it_is_among_the_right_ones) {
  const boost::json::value document = vector_json("metrics.json");
  if (document.is_null()) return;
  const boost::json::value* cases = field_of(document, "accuracy", "metrics.json");
  if (!cases) return;
  for (const boost::json::value& one : cases->as_array()) {
    std::vector<std::uint32_t> predicted = right_of(one.at("predicted"));
    std::vector<std::vector<std::uint32_t>> right;
    for (const boost::json::value& each : one.at("right").as_array())
      right.push_back(right_of(each));
    BOOST_TEST(share_right(predicted, right) == number(one.at("accuracy")));
  }
}

BOOST_AUTO_TEST_CASE(an_article_is_a_whole_word_by_unicode) {
  BOOST_TEST(normalized_answer("the\u2028a \u00e0 an\u65e5 a\u0301b the_a") ==
             "\u00e0 an\u65e5 \u0301b thea");
  BOOST_TEST(normalized_answer("\u039f\u0394\u039f\u03a3 \u03a3\u03a3") ==
             "\u03bf\u03b4\u03bf\u03c2 \u03c3\u03c2");
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8_are_compared_as_replacement_characters) {
  BOOST_TEST(normalized_answer("The \xff\xfe End\xe2\x82") == "\ufffd\ufffd end\ufffd");
  BOOST_TEST(exact_match("\xff", Strings{"\xfe"}));
}

BOOST_AUTO_TEST_CASE(without_answers_nothing_is_right) {
  BOOST_TEST(!exact_match("", Strings{}));
  BOOST_TEST(answer_f1("", Strings{}) == 0);
}

BOOST_AUTO_TEST_SUITE_END()
