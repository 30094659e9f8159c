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

PromptTemplate::Piece placeholder(std::string_view written, std::string_view where) {
  const std::size_t bar = written.find('|');
  if (bar == std::string_view::npos) return {"", std::string(written)};
  if (bar == 0)
    throw UsageError("found {" + std::string(written) + "}, which names no column", where,
                     "Name a column before its filters: {name|strip}.");
  return {"", std::string(written.substr(0, bar)), parse_filters(written.substr(bar + 1), where),
          std::string(written)};
}

bool puts_option(const PromptTemplate::Piece& piece) {
  return std::any_of(piece.filters.begin(), piece.filters.end(), [](const TemplateFilter& filter) {
    return filter.kind == TemplateFilter::Kind::PutOption;
  });
}

}  // namespace

PromptTemplate parse_template(std::string_view text, std::string_view where) {
  PromptTemplate prompt;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if ((c == '{' || c == '}') && text.substr(at + 1, 1) == text.substr(at, 1)) {
      literal_at_end(prompt) += text[at++];
    } else if (c == '{') {
      prompt.pieces.push_back(placeholder(read_placeholder(text, at, where), where));
    } else if (c == '}') {
      throw UsageError("found a closing brace without an opening one", where,
                       "Write }} for a brace.");
    } else {
      literal_at_end(prompt) += c == '\\' ? read_escape(text, at, " ", where) : c;
    }
  }
  return prompt;
}

PromptTemplate parse_prompt_template(std::string_view text, std::string_view text_column,
                                     std::string_view where) {
  PromptTemplate prompt = parse_template(text, where);
  for (PromptTemplate::Piece& piece : prompt.pieces) {
    if (piece.column == "text") piece.column = text_column;
    if (puts_option(piece))
      throw UsageError("{" + piece.written + "} puts an option, and there are none here", where,
                       "Take --task multiple-choice, or leave put_option out.");
  }
  const auto texts = std::count_if(prompt.pieces.begin(), prompt.pieces.end(),
                                   [&](const auto& piece) { return piece.column == text_column; });
  if (texts != 1)
    throw UsageError(quote(text) + " holds {text} " + std::to_string(texts) + " times", where,
                     "It must occur exactly once: the data's text replaces it.");
  return prompt;
}

std::vector<std::size_t> template_columns(const Table& table, const PromptTemplate& prompt,
                                          std::string_view where,
                                          std::span<const std::string_view> reserved) {
  std::vector<std::size_t> columns;
  for (const PromptTemplate::Piece& piece : prompt.pieces) {
    if (!piece.written.empty() && table.find_column(piece.written))
      throw UsageError("has a column " + quote(piece.written) + ", and the template's {" +
                           piece.written + "} is the column " + quote(piece.column) +
                           " with filters",
                       table.name(), "Give the column a name without '|'.");
    const bool is_column = !piece.column.empty() && std::find(reserved.begin(), reserved.end(),
                                                              piece.column) == reserved.end();
    columns.push_back(is_column ? table.column(piece.column, where) : 0);
  }
  return columns;
}

}  // namespace trainbus::tasks
