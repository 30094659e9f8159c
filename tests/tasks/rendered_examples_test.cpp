// A batch's examples as a person reads them.
#include "tasks/rendered_examples.hpp"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "models/files/model_files.hpp"
#include "support/vector_json.hpp"
#include "tasks/multiple_choice/choice_batches.hpp"
#include "tasks/packing.hpp"

using namespace trainbus;

namespace {

const Tokenizer& tokenizer() {
  static const LoadedModel loaded = load_language_model(testing::vectors() / "tasks" / "opt");
  return *loaded.tokenizer;
}

std::string text_of(const std::vector<RenderedToken>& tokens, bool scored) {
  std::string text;
  for (const RenderedToken& token : tokens)
    if (token.scored == scored) text += token.text;
  return text;
}

tasks::ScoredText scored(const std::string& prompt, const std::string& answer) {
  tasks::ScoredText text{tokenizer().encode(prompt + answer), 0};
  text.scored = static_cast<std::uint32_t>(text.ids.size() - tokenizer().encode(prompt).size());
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rendered_examples_)

BOOST_AUTO_TEST_CASE(scored_tokens_are_those_that_are_predicted) {
  const tasks::ScoredText one = scored("What is it?\n", " a river"), two = scored("And", " so on");
  const tasks::ScoredText* const texts[] = {&one, &two};
  const auto examples = rendered_examples(answer_batch(texts), tokenizer(), 9);
  BOOST_TEST_REQUIRE(examples.size() == 2u);
  BOOST_TEST(text_of(examples[0].tokens, false) == "What is it?\n");
  BOOST_TEST(text_of(examples[0].tokens, true) == " a river");
  BOOST_TEST(text_of(examples[1].tokens, true) == " so on");
  BOOST_TEST(examples[0].tokens.size() == one.ids.size());
  BOOST_TEST(examples[0].options.empty());
  BOOST_TEST(rendered_examples(answer_batch(texts), tokenizer(), 1).size() == 1u);
}

BOOST_AUTO_TEST_CASE(options_come_behind_what_they_have_in_common) {
  const std::vector<tasks::ScoredText> texts = {scored("It was", " terrible"),
                                                scored("It was", " great")};
  const std::vector<tasks::ScoredText>* const rows[] = {&texts};
  Batch batch = choice_batch(rows);
  batch.labels = index_tensor(std::vector<std::int64_t>{1});
  const auto examples = rendered_examples(batch, tokenizer(), 3);
  BOOST_TEST_REQUIRE(examples.size() == 1u);
  BOOST_TEST(text_of(examples[0].tokens, false) == "It was");
  BOOST_TEST_REQUIRE(examples[0].options.size() == 2u);
  BOOST_TEST(text_of(examples[0].options[0].tokens, true) == " terrible");
  BOOST_TEST(text_of(examples[0].options[1].tokens, true) == " great");
  BOOST_TEST(!examples[0].options[0].right);
  BOOST_TEST(examples[0].options[1].right);
}

BOOST_AUTO_TEST_CASE(lines_fit_and_show_what_cannot_be_seen) {
  const std::vector<RenderedToken> tokens = {{"One"}, {" two\n"}, {"three"}, {" four", true}};
  BOOST_TEST(token_lines(tokens, 2, 80, 64) == "  One│ two\\n│three│[ four]");
  BOOST_TEST(token_lines(tokens, 2, 14, 64) == "  One│ two\\n│\n  three│\n  [ four]");
  BOOST_TEST(token_lines(tokens, 0, 80, 2) == "One│ … 2 tokens … │[ four]");
}

BOOST_AUTO_TEST_CASE(a_batch_of_features_has_nothing_to_show) {
  BOOST_TEST(rendered_examples(Batch(), tokenizer(), 3).empty());
}

BOOST_AUTO_TEST_SUITE_END()
