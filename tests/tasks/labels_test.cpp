#include "tasks/data/labels.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tasks/refusal.hpp"

using namespace trainbus::tasks;
using trainbus::testing::contains;
using trainbus::testing::refusal;

namespace {

std::string labels_refusal(const std::string& text) {
  return refusal([&] { parse_labels(text); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(labels)

BOOST_AUTO_TEST_CASE(a_word_keeps_its_leading_blank_and_a_value_drops_its_own) {
  const auto labels = parse_labels("rotten: Negative| fresh :Positive");
  BOOST_TEST_REQUIRE(labels.size() == 2u);
  BOOST_TEST(labels[0].value == "rotten");
  BOOST_TEST(labels[0].word == " Negative");
  BOOST_TEST(labels[1].value == "fresh");
  BOOST_TEST(labels[1].word == "Positive");
}

BOOST_AUTO_TEST_CASE(values_and_words_may_hold_blanks_and_colons) {
  const auto labels = parse_labels("not good: not: good at all|very good: 5:0|0: é");
  BOOST_TEST_REQUIRE(labels.size() == 3u);
  BOOST_TEST(labels[0].value == "not good");
  BOOST_TEST(labels[0].word == " not: good at all");
  BOOST_TEST(labels[1].word == " 5:0");
  BOOST_TEST(labels[2].value == "0");
  BOOST_TEST(labels[2].word == " é");
}

BOOST_AUTO_TEST_CASE(class_names_are_values_alone) {
  const auto labels = parse_class_names("rotten| very: good |a\\|b");
  BOOST_TEST_REQUIRE(labels.size() == 3u);
  BOOST_TEST(labels[0].value == "rotten");
  BOOST_TEST(labels[1].value == "very: good");
  BOOST_TEST(labels[2].value == "a|b");
  for (const auto& label : labels) BOOST_TEST(label.word.empty());
  const auto refused = [](const char* text) { return refusal([&] { parse_class_names(text); }); };
  BOOST_TEST(contains(refused("rotten"), "found one label"));
  BOOST_TEST(contains(refused("rotten|"), "label 2 has no value"));
  BOOST_TEST(contains(refused("rotten|"), "Write for example rotten|fresh."));
  BOOST_TEST(contains(refused("a|b|a"), "is listed twice"));
}

BOOST_AUTO_TEST_CASE(class_names_survive_being_written) {
  const std::vector<std::string> names = {"a", " b\n", "c|d\\", "\"e\" ", "f: g"};
  const auto labels = parse_class_names(format_class_names(names));
  BOOST_TEST_REQUIRE(labels.size() == names.size());
  for (std::size_t i = 0; i < names.size(); ++i) BOOST_TEST(labels[i].value == names[i]);
}

BOOST_AUTO_TEST_CASE(escapes_write_what_has_a_meaning_of_its_own) {
  const auto labels = parse_labels(R"(a\:b\ : x\|y|\ c:\n\t\\\"z\"\ )");
  BOOST_TEST_REQUIRE(labels.size() == 2u);
  BOOST_TEST(labels[0].value == "a:b ");
  BOOST_TEST(labels[0].word == " x|y");
  BOOST_TEST(labels[1].value == " c");
  BOOST_TEST(labels[1].word == "\n\t\\\"z\" ");
}

BOOST_AUTO_TEST_CASE(a_word_that_ends_in_a_blank_is_refused) {
  BOOST_TEST(labels_refusal("rotten: Negative | fresh: Positive") ==
             "--task.labels: the word \" Negative \" ends in a blank. Put no blank before '|'; "
             "write \"\\ \" "
             "where a blank is meant.");
}

BOOST_AUTO_TEST_CASE(quotation_marks_are_refused_since_they_would_become_part_of_the_word) {
  BOOST_TEST(labels_refusal("rotten: \" Negative\"|fresh: \" Positive\"") ==
             "--task.labels: found a quotation mark. The word is everything after the colon, its "
             "leading blank included; write \\\" for a quotation mark.");
}

BOOST_AUTO_TEST_CASE(half_a_label_is_refused) {
  BOOST_TEST(
      contains(labels_refusal("rotten|fresh: Positive"), "--task.labels: label 1 has no colon"));
  BOOST_TEST(contains(labels_refusal("a: x|b: y|"), "label 3 has no colon"));
  BOOST_TEST(contains(labels_refusal(""), "label 1 has no colon"));
  BOOST_TEST(contains(labels_refusal("a: x| : y"), "label 2 has no value"));
  BOOST_TEST(contains(labels_refusal("a: x|b:"), "label 2 has no word"));
  BOOST_TEST(contains(labels_refusal("a: x|b: "), "label 2 has no word"));
}

BOOST_AUTO_TEST_CASE(one_label_is_refused) {
  BOOST_TEST(
      labels_refusal("a: x") ==
      "--task.labels: found one label, classification needs two or more. Write for example rotten: "
      "Negative|fresh: Positive.");
}

BOOST_AUTO_TEST_CASE(doubled_values_and_words_are_refused) {
  BOOST_TEST(labels_refusal("a: x|a: y") ==
             "--task.labels: the value \"a\" is listed twice. Give each value one word.");
  BOOST_TEST(labels_refusal("a: x|b: y|c: x") ==
             "--task.labels: the word \" x\" stands for both \"a\" and \"c\". Give each label a "
             "word of its "
             "own.");
}

BOOST_AUTO_TEST_CASE(an_unknown_escape_is_refused) {
  BOOST_TEST(
      labels_refusal("a: \\q|b: y") ==
      "--task.labels: unknown escape at \"\\\\q|b: y\". Write \\n for a line break, \\t for a tab, "
      "\\\\ for a backslash.");
  BOOST_TEST(contains(labels_refusal("a: x|b: y\\"), "unknown escape at \"\\\\\""));
}

BOOST_AUTO_TEST_SUITE_END()
