// The ids of a rendered conversation.
#include <algorithm>

#include "text/chat/chat_template.hpp"
#include "text/unicode.hpp"

namespace trainbus {
namespace {

struct Special {
  std::string text;
  AddedToken token;
};

std::vector<Special> specials_of(const TokenizerSpec& spec) {
  std::vector<Special> specials;
  for (const AddedToken& added : spec.added)
    if (added.special && !spec.token(added.id).empty())
      specials.push_back({spec.token(added.id), added});
  std::ranges::stable_sort(specials, std::greater<>(),
                           [](const Special& special) { return special.text.size(); });
  return specials;
}

bool touches_message(const RenderedChat& chat, std::size_t begin, std::size_t end) {
  const auto part =
      std::ranges::upper_bound(chat.from_messages, begin, {}, &RenderedChat::Part::end);
  return part != chat.from_messages.end() && part->begin < end;
}

// The longest special token that begins at this byte.
const Special* special_at(const std::vector<Special>& specials, std::string_view text,
                          std::size_t at) {
  for (const Special& special : specials)
    if (text.substr(at, special.text.size()) == special.text) return &special;
  return nullptr;
}

}  // namespace

std::vector<std::int32_t> encode_chat(const Tokenizer& tokenizer, const RenderedChat& chat) {
  const std::vector<Special> specials = specials_of(tokenizer.spec());
  const std::string_view text = chat.text;
  const bool is_plain = std::ranges::none_of(specials, [&](const Special& special) {
    for (std::size_t at = 0; (at = text.find(special.text, at)) != text.npos; ++at)
      if (touches_message(chat, at, at + special.text.size())) return true;
    return false;
  });
  if (is_plain) return tokenizer.encode(text);
  // The template's own special tokens one by one, and what is between them as text.
  std::vector<std::int32_t> ids;
  const auto add_text = [&](std::string_view part) {
    if (part.empty()) return;
    const std::vector<std::int32_t> some = tokenizer.encode(part, Specials::AsText);
    ids.insert(ids.end(), some.begin(), some.end());
  };
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const Special* special = special_at(specials, text, at);
    if (!special || touches_message(chat, at, at + special->text.size())) {
      ++at;
      continue;
    }
    std::string_view before = text.substr(begin, at - begin);
    add_text(special->token.strip_left ? unicode::right_stripped(before) : before);
    ids.push_back(special->token.id);
    at += special->text.size();
    if (special->token.strip_right)
      at = text.size() - unicode::left_stripped(text.substr(at)).size();
    begin = at;
  }
  add_text(text.substr(begin));
  return ids;
}

}  // namespace trainbus
