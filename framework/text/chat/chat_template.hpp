// Chat templates: how a model wants the turns of a conversation written. They are programs in
// Jinja, which come with tokenizers; this renders them as transformers does (jinja2 3.1, immutable
// sandbox, trim_blocks, lstrip_blocks, loopcontrols; tojson, strftime_now and raise_exception).
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <ctime>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "text/tokenizer.hpp"

namespace trainbus {

struct ChatOptions {
  bool add_generation_prompt = true;  // whether the assistant's turn begins at the end
  // More variables of the template: tools, enable_thinking, … By their names.
  boost::json::object variables = {};
  std::optional<std::time_t> now = {};  // of strftime_now, in local time; none: the present
};

struct RenderedChat {
  std::string text;  // UTF-8
  // What came in with the messages, ascending; roles are no such part.
  std::vector<TextPart> from_messages;
};

// A message is an object with "role" and "content", and what else a template wants.
inline boost::json::object chat_message(std::string_view role, std::string_view content) {
  return {{"role", role}, {"content", content}};
}

// Immutable; any thread may render. What the evaluator does not support is refused by name, when a
// template is parsed or where it comes to it: it is never guessed.
class TRAINBUS_EXPORT ChatTemplate {
 public:
  // where: for messages. Throws UsageError with the line.
  ChatTemplate(std::string_view text, std::string where, const TokenizerSpec& tokenizer = {});
  // The tokenizer's own: the only one, or of several the one named "default". Null: it has none.
  static std::unique_ptr<ChatTemplate> of(const TokenizerSpec& tokenizer);

  // Throws UsageError for what the template refuses (raise_exception), for mistakes in it, and
  // where it takes too long or prints too much, with the line.
  RenderedChat render(const boost::json::array& messages, const ChatOptions& options = {}) const;

 private:
  struct Parsed;
  std::shared_ptr<const Parsed> parsed_;
};

// The ids of a rendered conversation. A special token's text is one only where the template wrote
// it: within a message it is text like any other, so that no message can end its turn. Else equal
// to transformers' apply_chat_template.
inline std::vector<std::int32_t> encode_chat(const Tokenizer& tokenizer, const RenderedChat& chat) {
  return tokenizer.encode(chat.text, chat.from_messages);
}

}  // namespace trainbus
