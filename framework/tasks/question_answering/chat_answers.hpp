// Prompts and answers as the turns of a conversation: --task.chat.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"
#include "tasks/multiple_choice/choice_tokens.hpp"
#include "text/chat/chat_template.hpp"
#include "text/tokenizer.hpp"

namespace trainbus::tasks {

// A prompt is a user's message, its answer the assistant's, as the model's chat template writes
// them; what is in them is never a control token. Immutable.
class TRAINBUS_EXPORT ChatAnswers {
 public:
  // stop_tokens: what ends a text of the model. The tokenizer must outlive this. Throws UsageError
  // if the model has no chat template.
  ChatAnswers(const Tokenizer& tokenizer, std::vector<std::int32_t> stop_tokens);

  // Up to where the assistant's answer begins. A text of more than `most` tokens loses the
  // beginning of the message, never what the template writes; was_cut is set then. place: of the
  // example, for messages. Throws UsageError if there is no room for the message.
  std::vector<std::int32_t> prompt(std::string_view message, std::size_t most,
                                   const std::string& place, bool& was_cut) const;
  // The same with the answer and the token that ends it, both scored. Throws UsageError too if the
  // template begins an answer otherwise once it is there.
  ScoredText text(std::string_view message, std::string_view answer, std::size_t most,
                  const std::string& place, bool& was_cut) const;

  // Those that were given, and the one that ends the assistant's turn in the template.
  const std::vector<std::int32_t>& stop_tokens() const { return stop_tokens_; }

 private:
  struct Written {
    RenderedChat chat;
    std::vector<std::int32_t> ids;
  };
  Written written(std::string_view message, const std::string_view* answer) const;
  void cut(std::vector<std::int32_t>& ids, const Written& prompt, std::size_t most,
           const std::string& place, bool& was_cut) const;
  // Leaves out what is behind the end of the turn, since nothing is generated there. first: of the
  // answer.
  void end_turn(std::vector<std::int32_t>& ids, std::size_t first) const;
  bool is_special(std::int32_t id) const;

  const Tokenizer& tokenizer_;
  std::unique_ptr<const ChatTemplate> template_;
  std::vector<std::int32_t> stop_tokens_;
};

}  // namespace trainbus::tasks
