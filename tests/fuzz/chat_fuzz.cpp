// A chat template, with a conversation.
#include <cstddef>
#include <cstdint>

#include "core/io/error.hpp"
#include "fuzz/input_file.hpp"
#include "text/chat/chat_template.hpp"

using namespace trainbus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const boost::json::array messages = {
      chat_message("system", " a\n"), chat_message("user", "b, <|im_end|> é"),
      boost::json::object{{"role", "assistant"},
                          {"content", nullptr},
                          {"tool_calls", {{{"function", {{"name", "f"}, {"arguments", {1, 2.5}}}}}}}},
      chat_message("user", "")};
  try {
    const ChatTemplate chat(fuzz::text_of(data, size), "template");
    const RenderedChat rendered =
        chat.render(messages, {.variables = {{"bos_token", "<s>"}}, .now = 1753792496});
    std::size_t end = 0;
    for (const TextPart& part : rendered.from_messages) {
      if (part.begin < end || part.end <= part.begin || part.end > rendered.text.size())
        __builtin_trap();
      end = part.end;
    }
  } catch (const UsageError&) {
  }
  return 0;
}
