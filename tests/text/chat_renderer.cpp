// Renders chat templates, for comparisons: a line of JSON {"template", "messages", "variables",
// "add_generation_prompt", "now"} is answered by {"text", "from_messages"} or {"error"}.
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <iostream>
#include <string>

#include "core/io/json.hpp"
#include "text/chat/chat_template.hpp"

int main() {
  namespace json = boost::json;
  using namespace trainbus;
  for (std::string line; std::getline(std::cin, line);) {
    json::object answer;
    try {
      const json::value asked = parse_json(line, "stdin");
      ChatOptions options;
      options.variables = asked.at("variables").as_object();
      options.add_generation_prompt = asked.at("add_generation_prompt").as_bool();
      options.now = 1753792496;  // 2025-07-29
      const ChatTemplate chat(asked.at("template").as_string(), "the template");
      const RenderedChat rendered = chat.render(asked.at("messages").as_array(), options);
      answer["text"] = rendered.text;
      json::array parts;
      for (const auto& [begin, end] : rendered.from_messages)
        parts.push_back(json::array{begin, end});
      answer["from_messages"] = std::move(parts);
    } catch (const std::exception& error) {
      answer["error"] = error.what();
    }
    std::cout << json::serialize(answer) << std::endl;
  }
}
