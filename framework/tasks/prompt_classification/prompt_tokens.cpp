#include "tasks/prompt_classification/prompt_tokens.hpp"

#include "core/io/error.hpp"
#include "core/io/utf8.hpp"
#include "tasks/data/message_text.hpp"

namespace trainbus::tasks {
namespace {

// Lengths in bytes to which the text may be cut, ascending from 0.
std::vector<std::size_t> possible_cuts(std::string_view text) {
  std::vector<std::size_t> cuts = {0};
  for (std::size_t i = 1; i < text.size(); ++i)
    if (is_utf8_boundary(text, i) && trimmed(text.substr(i - 1, 1)).size() == 1) cuts.push_back(i);
  return cuts;
}

std::string with_text_cut(const Example& example, std::size_t size) {
  std::string prompt = example.prompt;
  return prompt.erase(example.text_begin + size, example.text_size - size);
}

}  // namespace

std::vector<std::int32_t> tokenize_prompt(const Example& example, const TextEncoder& encode,
                                          std::size_t max_tokens, bool& truncated) {
  std::vector<std::int32_t> best = encode(example.prompt);
  truncated = best.size() > max_tokens;
  if (!truncated) return best;
  best = encode(with_text_cut(example, 0));
  if (best.size() > max_tokens)
    throw UsageError("without its text the prompt of " + example.place() + " has " +
                         counted(best.size(), "token") + " already; it may have " +
                         std::to_string(max_tokens),
                     "--task.template", "Shorten the template or raise the limit.");
  const std::string_view text =
      std::string_view(example.prompt).substr(example.text_begin, example.text_size);
  const std::vector<std::size_t> cuts = possible_cuts(text);
  // cuts[fits] fits, cuts[above] does not (above = cuts.size() is the whole text).
  for (std::size_t fits = 0, above = cuts.size(); above - fits > 1;) {
    const std::size_t middle = fits + (above - fits) / 2;
    std::vector<std::int32_t> ids = encode(with_text_cut(example, cuts[middle]));
    if (ids.size() > max_tokens) {
      above = middle;
    } else {
      fits = middle;
      best = std::move(ids);
    }
  }
  return best;
}

TokenizedPrompts tokenize_prompts(std::span<const Example> examples, const TextEncoder& encode,
                                  std::size_t max_tokens) {
  TokenizedPrompts prompts;
  for (const Example& example : examples) {
    bool truncated = false;
    const auto ids = tokenize_prompt(example, encode, max_tokens, truncated);
    if (ids.empty())
      throw UsageError("the prompt of " + example.place() + " has no tokens", "--task.template",
                       "Put words into the template.");
    prompts.ids.insert(prompts.ids.end(), ids.begin(), ids.end());
    prompts.begins.push_back(prompts.ids.size());
    prompts.lengths.push_back(static_cast<std::uint32_t>(ids.size()));
    prompts.truncated += truncated;
  }
  return prompts;
}

}  // namespace trainbus::tasks
