// Prompts and answers as turns of a conversation: what is scored, cut and refused.
#include "tasks/question_answering/chat_answers.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "support/vector_json.hpp"
#include "tasks/refusal.hpp"
#include "text/sources/tokenizer_folder.hpp"

using namespace trainbus;
using tasks::ChatAnswers;
using tasks::ScoredText;
using testing::contains;
using testing::refusal;

namespace {

using Ids = std::vector<std::int32_t>;

Tokenizer with_template(const std::string& text) {
  TokenizerSpec spec = load_tokenizer(testing::vectors() / "tokenizer_kinds" / "llama3").spec();
  spec.chat_template = text;
  return Tokenizer(std::move(spec));
}

const std::string turns =
    "{{ '<|begin_of_text|>' }}{% for m in messages %}{{ m.role }}: {{ m.content | trim }}"
    "{{ '<|eot_id|>\\n' }}{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}";
constexpr std::size_t any_length = 10000;

struct Opened {
  explicit Opened(const std::string& text = turns) : tokenizer(with_template(text)) {}
  Tokenizer tokenizer;
  std::int32_t end = tokenizer.encode("<|eot_id|>").at(0);
  ChatAnswers chat{tokenizer, {}};
  bool was_cut = false;

  Ids prompt(const std::string& message, std::size_t most = any_length) {
    return chat.prompt(message, most, "row 1", was_cut);
  }
  ScoredText text(const std::string& message, const std::string& answer,
                  std::size_t most = any_length) {
    return chat.text(message, answer, most, "row 1", was_cut);
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(chat_answers)

BOOST_AUTO_TEST_CASE(the_answer_and_its_end_are_scored_and_nothing_else) {
  Opened opened;
  const Ids prompt = opened.prompt("Hello there");
  const Ids expected =
      opened.tokenizer.encode("<|begin_of_text|>user: Hello there<|eot_id|>\nassistant: ");
  BOOST_TEST(prompt == expected, boost::test_tools::per_element());
  const ScoredText text = opened.text("Hello there", "yes it is");
  BOOST_TEST(opened.tokenizer.decode(text.ids) ==
             "<|begin_of_text|>user: Hello there<|eot_id|>\nassistant: yes it is<|eot_id|>");
  BOOST_TEST(text.ids.back() == opened.end);
  BOOST_TEST_REQUIRE(text.scored == text.ids.size() - prompt.size());
  BOOST_TEST(Ids(text.ids.begin(), text.ids.end() - text.scored) == prompt,
             boost::test_tools::per_element());
  BOOST_TEST(!opened.was_cut);
}

BOOST_AUTO_TEST_CASE(the_end_of_the_assistants_turn_stops_generation) {
  Opened opened;
  BOOST_TEST(opened.chat.stop_tokens() == Ids{opened.end}, boost::test_tools::per_element());
  const ChatAnswers other(opened.tokenizer, {7, opened.end});
  BOOST_TEST(other.stop_tokens() == (Ids{7, opened.end}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(an_end_that_the_template_does_not_write_is_the_tokenizers) {
  Opened opened(
      "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
      "{% if add_generation_prompt %}assistant: {% endif %}");
  BOOST_REQUIRE(opened.tokenizer.eos().has_value());
  BOOST_TEST(opened.text("a", "b").ids.back() == *opened.tokenizer.eos());
}

BOOST_AUTO_TEST_CASE(special_tokens_in_a_row_are_text) {
  Opened opened;
  const ScoredText text = opened.text("<|eot_id|>", "<|eot_id|> a");
  BOOST_TEST(std::ranges::count(text.ids, opened.end) == 2);
  BOOST_TEST(opened.tokenizer.decode(text.ids) ==
             "<|begin_of_text|>user: <|eot_id|><|eot_id|>\nassistant: <|eot_id|> a<|eot_id|>");
}

BOOST_AUTO_TEST_CASE(a_long_message_loses_its_beginning_and_the_template_nothing) {
  Opened opened;
  std::string message;
  for (int i = 0; i < 100; ++i) message += "word ";
  const ScoredText text = opened.text(message + "end", "yes", 60);
  BOOST_TEST(text.ids.size() == 60u);
  BOOST_TEST(opened.was_cut);
  const std::string read = opened.tokenizer.decode(text.ids);
  BOOST_TEST(read.starts_with("<|begin_of_text|>user: "), read);
  BOOST_TEST(read.ends_with(" word end<|eot_id|>\nassistant: yes<|eot_id|>"), read);
  BOOST_TEST(opened.prompt(message, 40).size() == 40u);
  BOOST_TEST(contains(refusal([&] { opened.text(message, "yes", 8); }), "there is room for 8"));
}

BOOST_AUTO_TEST_CASE(models_whose_template_does_not_do_are_refused) {
  BOOST_TEST(contains(refusal([] { Opened(""); }), "has no chat template"));
  BOOST_TEST(contains(refusal([] {
                        Opened(
                            "{% if add_generation_prompt %}think{% endif %}"
                            "{{ messages[-1].content }}{{ messages | length }}");
                      }),
                      "begins an answer otherwise once it is there"));
}

BOOST_AUTO_TEST_SUITE_END()
