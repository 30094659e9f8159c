#include "tasks/multiple_choice/choice_tokens.hpp"

#include <algorithm>

#include "core/io/error.hpp"
#include "tasks/data/message_text.hpp"

namespace trainbus::tasks {
namespace {

struct Limit {
  std::size_t max_tokens;
  std::size_t kept;  // tokens at the beginning that are never cut
};

ScoredText scored_text(const std::string& text, std::size_t prompt_tokens,
                       const TextEncoder& encode, const Limit& limit, const ChoiceExample& example,
                       bool& was_cut) {
  ScoredText result{encode(trimmed_blanks(text)), 0};
  std::vector<std::int32_t>& ids = result.ids;
  const std::size_t more = ids.size() > prompt_tokens ? ids.size() - prompt_tokens : 0;
  const std::size_t scored = more == ids.size() && more > 0 ? more - 1 : more;
  if (scored == 0)
    throw UsageError("the text " + quote(text) + " of an option in " + example.place() +
                         " has no token to score: it has " + counted(ids.size(), "token") +
                         ", its prompt " + std::to_string(prompt_tokens),
                     "--task.choice-template",
                     "Give the option words of its own, or put a blank or a line end before it.");
  if (ids.size() > limit.max_tokens) {
    const std::size_t left = limit.max_tokens > limit.kept ? limit.max_tokens - limit.kept : 0;
    if (scored + (limit.kept == 0) > left)
      throw UsageError("an option of " + example.place() + " has " + counted(scored, "token") +
                           ", and a text may have " + std::to_string(limit.max_tokens),
                       "--task.max-tokens", "Raise it, or shorten the option.");
    ids.erase(ids.begin() + static_cast<std::ptrdiff_t>(limit.kept),
              ids.end() - static_cast<std::ptrdiff_t>(left));
    was_cut = true;
  }
  result.scored = static_cast<std::uint32_t>(scored);
  return result;
}

std::vector<ScoredText> scored_texts(const ChoiceTexts& texts, const TextEncoder& encode,
                                     const Limit& limit, const ChoiceExample& example,
                                     bool& was_cut) {
  const std::size_t prompt_tokens = encode(trimmed_blanks(texts.prompt)).size();
  std::vector<ScoredText> scored;
  for (const std::string& text : texts.texts)
    scored.push_back(scored_text(text, prompt_tokens, encode, limit, example, was_cut));
  return scored;
}

}  // namespace

ChoiceTokens tokenize_choices(const ChoiceExample& example, const TextEncoder& encode,
                              std::size_t max_tokens, bool calibrated) {
  const Limit limit{max_tokens, encode("").size()};
  ChoiceTokens tokens;
  tokens.right = example.right;
  tokens.options = scored_texts(example.choices, encode, limit, example, tokens.was_cut);
  if (calibrated)
    tokens.calibration = scored_texts(example.calibration, encode, limit, example, tokens.was_cut);
  return tokens;
}

}  // namespace trainbus::tasks
