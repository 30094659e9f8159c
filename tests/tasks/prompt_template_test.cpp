#include "tasks/prompt_classification/prompt_template.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tasks/refusal.hpp"

using namespace trainbus::tasks;
using trainbus::testing::refusal;

namespace {

// "literal[column]literal…", so that a test reads as one string.
std::string shown(const PromptTemplate& prompt) {
  std::string out;
  for (const auto& piece : prompt.pieces)
    out += piece.column.empty() ? piece.literal : '[' + piece.column + ']';
  return out;
}

std::string template_refusal(const std::string& text) {
  return refusal([&] { parse_prompt_template(text, "text"); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(prompt_template)

BOOST_AUTO_TEST_CASE(placeholders_name_columns_and_text_the_text_column) {
  const PromptTemplate prompt = parse_prompt_template("Review: {text}\\nSentiment:", "review");
  BOOST_TEST(prompt.pieces.size() == 3u);
  BOOST_TEST(shown(prompt) == "Review: [review]\nSentiment:");
  BOOST_TEST(shown(parse_prompt_template("{premise}? {hypothesis}", "premise")) ==
             "[premise]? [hypothesis]");
}

BOOST_AUTO_TEST_CASE(escapes_and_doubled_braces_are_literal) {
  BOOST_TEST(shown(parse_prompt_template("{{{text}}}\\t\\\\n\n{{}}", "text")) ==
             "{[text]}\t\\n\n{}");
}

BOOST_AUTO_TEST_CASE(other_columns_may_repeat) {
  BOOST_TEST(shown(parse_prompt_template("{a}{text}{a}", "text")) == "[a][text][a]");
}

BOOST_AUTO_TEST_CASE(the_text_must_occur_exactly_once) {
  BOOST_TEST(
      template_refusal("Sentiment: {txt}") ==
      "--task.template: \"Sentiment: {txt}\" holds {text} 0 times. It must occur exactly once: the "
      "data's text replaces it.");
  BOOST_TEST(
      template_refusal("{text} {text}") ==
      "--task.template: \"{text} {text}\" holds {text} 2 times. It must occur exactly once: the "
      "data's text replaces it.");
  BOOST_TEST(
      template_refusal("") ==
      "--task.template: \"\" holds {text} 0 times. It must occur exactly once: the data's text "
      "replaces it.");
}

BOOST_AUTO_TEST_CASE(bad_braces_are_refused) {
  BOOST_TEST(template_refusal("{text} {label") ==
             "--task.template: the brace at \"{label\" is not closed. Name a column as {name}; "
             "write {{ for a brace.");
  BOOST_TEST(template_refusal("{te{text}") ==
             "--task.template: the brace at \"{te{text}\" is not closed. Name a column as {name}; "
             "write {{ for a brace.");
  BOOST_TEST(
      template_refusal("{text} }") ==
      "--task.template: found a closing brace without an opening one. Write }} for a brace.");
  BOOST_TEST(template_refusal("{text} {}") ==
             "--task.template: found {}, which names no column. Name a column as {name}.");
}

BOOST_AUTO_TEST_SUITE_END()
