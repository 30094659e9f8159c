#include "tasks/question_answering/chat_answers.hpp"

#include <algorithm>
#include <utility>

#include "core/io/error.hpp"
#include "tasks/data/message_text.hpp"

namespace trainbus::tasks {
namespace {

// The text behind the first `begin` bytes.
RenderedChat rest_of(const RenderedChat& chat, std::size_t begin) {
  RenderedChat rest{chat.text.substr(begin), {}};
  for (const TextPart& part : chat.from_messages)
    if (part.end > begin)
      rest.from_messages.push_back({std::max(part.begin, begin) - begin, part.end - begin});
  return rest;
}

}  // namespace

ChatAnswers::ChatAnswers(const Tokenizer& tokenizer, std::vector<std::int32_t> stop_tokens)
    : tokenizer_(tokenizer),
      template_(ChatTemplate::of(tokenizer.spec())),
      stop_tokens_(std::move(stop_tokens)) {
  if (!template_)
    throw UsageError("the model has no chat template: " + tokenizer.spec().where + " has none",
                     "--task.chat", "Leave it out, or take the model's instruction-tuned variant.");
  bool was_cut = false;
  const std::int32_t last = text("a", "b", SIZE_MAX, "a trial", was_cut).ids.back();
  if (is_special(last) && std::ranges::find(stop_tokens_, last) == stop_tokens_.end())
    stop_tokens_.push_back(last);
}

bool ChatAnswers::is_special(std::int32_t id) const {
  return std::ranges::any_of(tokenizer_.spec().added,
                             [&](const AddedToken& t) { return t.id == id && t.special; });
}

ChatAnswers::Written ChatAnswers::written(std::string_view message,
                                          const std::string_view* answer) const {
  boost::json::array turns = {chat_message("user", message)};
  if (answer) turns.push_back(chat_message("assistant", *answer));
  Written written{template_->render(turns, {.add_generation_prompt = !answer}), {}};
  written.ids = encode_chat(tokenizer_, written.chat);
  return written;
}

void ChatAnswers::cut(std::vector<std::int32_t>& ids, const Written& prompt, std::size_t most,
                      const std::string& place, bool& was_cut) const {
  if (ids.size() <= most) return;
  const std::size_t excess = ids.size() - most;
  std::size_t before = prompt.ids.size(), behind = 0;
  if (!prompt.chat.from_messages.empty()) {
    const std::string_view text = prompt.chat.text;
    before = tokenizer_.encode(text.substr(0, prompt.chat.from_messages.front().begin)).size();
    behind = tokenizer_.encode(text.substr(prompt.chat.from_messages.back().end)).size();
  }
  if (before + behind + excess >= prompt.ids.size())
    throw UsageError("the conversation of " + place + " has " + counted(ids.size(), "token") +
                         ", and there is room for " + std::to_string(most),
                     "--task.max-tokens", "Raise it, or give shorter answers.");
  const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(before);
  ids.erase(begin, begin + static_cast<std::ptrdiff_t>(excess));
  was_cut = true;
}

std::vector<std::int32_t> ChatAnswers::prompt(std::string_view message, std::size_t most,
                                              const std::string& place, bool& was_cut) const {
  const Written prompt = written(message, nullptr);
  std::vector<std::int32_t> ids = prompt.ids;
  cut(ids, prompt, most, place, was_cut);
  return ids;
}

// A stop token of the template; where it has none, its last special token; where it has none at
// all, the tokenizer's end of text.
void ChatAnswers::end_turn(std::vector<std::int32_t>& ids, std::size_t first) const {
  const auto begin = ids.begin() + static_cast<std::ptrdiff_t>(first);
  const auto stop = std::find_if(begin, ids.end(), [&](std::int32_t id) {
    return is_special(id) && std::ranges::find(stop_tokens_, id) != stop_tokens_.end();
  });
  if (stop != ids.end()) {
    ids.erase(stop + 1, ids.end());
    return;
  }
  std::size_t end = ids.size();
  while (end > first && !is_special(ids[end - 1])) --end;
  if (end > first)
    ids.resize(end);
  else if (tokenizer_.eos())
    ids.push_back(*tokenizer_.eos());
}

ScoredText ChatAnswers::text(std::string_view message, std::string_view answer, std::size_t most,
                             const std::string& place, bool& was_cut) const {
  const Written prompt = written(message, nullptr), whole = written(message, &answer);
  if (!whole.chat.text.starts_with(prompt.chat.text))
    throw UsageError(
        "the chat template of " + tokenizer_.spec().where +
            " begins an answer otherwise once it is there: " + quote(whole.chat.text, 400) +
            " does not begin with " + quote(prompt.chat.text, 400),
        "--task.chat", "Leave it out, and write the turns into --task.template.");
  ScoredText text{whole.ids, 0};
  const std::size_t count = prompt.ids.size();
  if (text.ids.size() < count ||
      !std::equal(prompt.ids.begin(), prompt.ids.end(), text.ids.begin())) {
    // A token spans the border: what is learnt follows the prompt as it will be asked.
    text.ids = prompt.ids;
    const std::vector<std::int32_t> more =
        encode_chat(tokenizer_, rest_of(whole.chat, prompt.chat.text.size()));
    text.ids.insert(text.ids.end(), more.begin(), more.end());
  }
  end_turn(text.ids, count);
  if (text.ids.size() <= count)
    throw UsageError("the answer of " + place + " has no tokens in the chat template",
                     tokenizer_.spec().where, "Leave --task.chat out.");
  text.scored = static_cast<std::uint32_t>(text.ids.size() - count);
  cut(text.ids, prompt, most, place, was_cut);
  return text;
}

}  // namespace trainbus::tasks
