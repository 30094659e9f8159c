#include "tasks/prompt_classification/prompt_template.hpp"

#include <algorithm>

#include "core/io/error.hpp"
#include "tasks/data/escape.hpp"
#include "tasks/data/message_text.hpp"

namespace trainbus::tasks {
namespace {

std::string& literal_at_end(PromptTemplate& prompt) {
  if (prompt.pieces.empty() || !prompt.pieces.back().column.empty()) prompt.pieces.emplace_back();
  return prompt.pieces.back().literal;
}

// The name in the braces that open at text[at]; moves at to the closing brace.
std::string_view read_placeholder(std::string_view text, std::size_t& at, std::string_view where) {
  const std::size_t begin = at + 1;
  at = text.find_first_of("{}", begin);
  if (at == std::string_view::npos || text[at] == '{')
    throw UsageError("the brace at " + quote(text.substr(begin - 1), 20) + " is not closed", where,
                     "Name a column as {name}; write {{ for a brace.");
  if (at == begin)
    throw UsageError("found {}, which names no column", where, "Name a column as {name}.");
  return text.substr(begin, at - begin);
}

}  // namespace

PromptTemplate parse_prompt_template(std::string_view text, std::string_view text_column,
                                     std::string_view where) {
  PromptTemplate prompt;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if ((c == '{' || c == '}') && text.substr(at + 1, 1) == text.substr(at, 1)) {
      literal_at_end(prompt) += text[at++];
    } else if (c == '{') {
      const std::string_view name = read_placeholder(text, at, where);
      prompt.pieces.push_back({"", std::string(name == "text" ? text_column : name)});
    } else if (c == '}') {
      throw UsageError("found a closing brace without an opening one", where,
                       "Write }} for a brace.");
    } else {
      literal_at_end(prompt) += c == '\\' ? read_escape(text, at, "", where) : c;
    }
  }
  const auto texts = std::count_if(prompt.pieces.begin(), prompt.pieces.end(),
                                   [&](const auto& piece) { return piece.column == text_column; });
  if (texts != 1)
    throw UsageError(quote(text) + " holds {text} " + std::to_string(texts) + " times", where,
                     "It must occur exactly once: the data's text replaces it.");
  return prompt;
}

}  // namespace trainbus::tasks
