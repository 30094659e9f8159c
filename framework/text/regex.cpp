#define PCRE2_CODE_UNIT_WIDTH 8
#include "text/regex.hpp"

#include <pcre2.h>

#include <array>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/utf8.hpp"

namespace trainbus {
namespace {

std::string message_of(int error) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(error, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

// Oniguruma's \s is the property White_Space; PCRE2's adds U+180E. Words are defined differently
// too, but no tokenizer needs them.
std::string to_pcre2(std::string_view pattern, const std::string& where) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '\\' || i + 1 == pattern.size()) {
      out += pattern[i];
      continue;
    }
    const char escaped = pattern[++i];
    if (escaped == 's') {
      out += "\\p{White_Space}";
    } else if (escaped == 'S') {
      out += "\\P{White_Space}";
    } else if (std::string_view("wWbB").find(escaped) != std::string_view::npos) {
      throw UsageError("the pattern \"" + std::string(pattern) + "\" uses \\" + escaped +
                           ", which regular expression engines define differently",
                       where, "Write the classes out, as in [\\p{L}\\p{N}_].");
    } else {
      out += {'\\', escaped};
    }
  }
  return out;
}

}  // namespace

struct Regex::Code {
  ~Code() { pcre2_code_free(code); }
  pcre2_code* code = nullptr;
  std::string pattern;
  std::string where;
};

Regex::Regex(std::string_view pattern, const std::string& where) : code_(new Code) {
  const std::string translated = to_pcre2(pattern, where);
  code_->pattern = pattern;
  code_->where = where;
  int error = 0;
  PCRE2_SIZE position = 0;
  code_->code =
      pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
                    PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C, &error, &position, nullptr);
  if (code_->code == nullptr)
    throw UsageError("the pattern \"" + code_->pattern + "\" cannot be compiled: " +
                         message_of(error) + " at byte " + std::to_string(position),
                     where, "Use a tokenizer whose pattern PCRE2 understands.");
  pcre2_jit_compile(code_->code, PCRE2_JIT_COMPLETE);  // if it fails, matching interprets
}

Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;

struct Regex::Walk::State {
  State(const Code& regex, std::string_view subject)
      : code(regex),
        text(subject),
        match(pcre2_match_data_create(1, nullptr)),
        context(pcre2_match_context_create(nullptr)) {
    // The pattern comes from a file, so its memory is bounded. KiB.
    if (context != nullptr) pcre2_set_heap_limit(context, 65536);
  }
  ~State() {
    pcre2_match_data_free(match);
    pcre2_match_context_free(context);
  }
  int search(std::uint32_t options) const {
    return pcre2_match(code.code, reinterpret_cast<PCRE2_SPTR>(text.data()), text.size(), position,
                       options | PCRE2_NO_UTF_CHECK, match, context);
  }

  const Code& code;
  std::string_view text;
  std::size_t position = 0;
  pcre2_match_data* match;
  pcre2_match_context* context;
};

Regex::Walk::Walk(const Regex& regex, std::string_view text)
    : state_(new State(*regex.code_, text)) {
  if (state_->match == nullptr || state_->context == nullptr) throw std::bad_alloc();
}

Regex::Walk::~Walk() = default;

std::optional<Regex::Match> Regex::Walk::next() {
  if (state_->position > state_->text.size()) return std::nullopt;
  int result = state_->search(0);
  if (result == PCRE2_ERROR_JIT_STACKLIMIT) result = state_->search(PCRE2_NO_JIT);
  if (result == PCRE2_ERROR_NOMATCH) return std::nullopt;
  if (result < 0)
    throw UsageError("the pattern \"" + state_->code.pattern + "\" cannot split a text of " +
                         std::to_string(state_->text.size()) + " bytes: " + message_of(result),
                     state_->code.where, "Split the text before, or use another tokenizer.");
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(state_->match);
  const Match found{bounds[0], bounds[1]};
  if (found.begin > found.end)  // \K in a lookahead
    throw UsageError("the pattern \"" + state_->code.pattern + "\" matches backwards",
                     state_->code.where, "Use another tokenizer.");
  state_->position = found.end;
  if (found.begin == found.end)
    state_->position +=
        found.end < state_->text.size() ? utf8_front(state_->text.substr(found.end)).bytes : 1;
  return found;
}

}  // namespace trainbus
