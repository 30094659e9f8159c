#define PCRE2_CODE_UNIT_WIDTH 8
#include "text/steps/regex.hpp"

#include <pcre2.h>

#include <array>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/utf8.hpp"
#include "text/steps/oniguruma.hpp"

namespace trainbus {
namespace {

std::string message_of(int error) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(error, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

}  // namespace

struct Regex::Code {
  ~Code() { pcre2_code_free(code); }
  pcre2_code* code = nullptr;
  std::string pattern;
  std::string where;
};

Regex::Regex(std::string_view pattern, const std::string& where) : code_(new Code) {
  const std::string translated = oniguruma_to_pcre2(pattern, where);
  code_->pattern = pattern;
  code_->where = where;
  int error = 0;
  PCRE2_SIZE position = 0;
  code_->code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(translated.data()), translated.size(),
                              PCRE2_UTF | PCRE2_UCP | PCRE2_MULTILINE | PCRE2_NEVER_BACKSLASH_C,
                              &error, &position, nullptr);
  if (code_->code == nullptr)
    throw UsageError("the pattern \"" + code_->pattern + "\" cannot be compiled: " +
                         message_of(error) + " at byte " + std::to_string(position),
                     where, "Use a tokenizer whose pattern PCRE2 understands.");
  pcre2_jit_compile(code_->code, PCRE2_JIT_COMPLETE);  // if it fails, matching interprets
}

Regex::~Regex() = default;
Regex::Regex(Regex&&) noexcept = default;
Regex& Regex::operator=(Regex&&) noexcept = default;

namespace {

// What one match after another is written to; every thread has its own.
struct Scratch {
  Scratch()
      : match(pcre2_match_data_create(1, nullptr)), context(pcre2_match_context_create(nullptr)) {
    // The pattern comes from a file, so its memory is bounded. KiB.
    if (context != nullptr) pcre2_set_heap_limit(context, 65536);
  }
  ~Scratch() {
    pcre2_match_data_free(match);
    pcre2_match_context_free(context);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  pcre2_match_data* match;
  pcre2_match_context* context;
};

const Scratch& scratch() {
  static const thread_local Scratch own;
  if (own.match == nullptr || own.context == nullptr) throw std::bad_alloc();
  return own;
}

}  // namespace

Regex::Walk::Walk(const Regex& regex, std::string_view text) : code_(*regex.code_), text_(text) {}

int Regex::Walk::search(std::uint32_t options) const {
  const Scratch& own = scratch();
  return pcre2_match(code_.code, reinterpret_cast<PCRE2_SPTR>(text_.data()), text_.size(),
                     position_, options | PCRE2_NO_UTF_CHECK, own.match, own.context);
}

std::optional<Regex::Match> Regex::Walk::next() {
  if (position_ > text_.size()) return std::nullopt;
  int result = search(0);
  if (result == PCRE2_ERROR_JIT_STACKLIMIT) result = search(PCRE2_NO_JIT);
  if (result == PCRE2_ERROR_NOMATCH) return std::nullopt;
  if (result < 0)
    throw UsageError("the pattern \"" + code_.pattern + "\" cannot split a text of " +
                         std::to_string(text_.size()) + " bytes: " + message_of(result),
                     code_.where, "Split the text before, or use another tokenizer.");
  const PCRE2_SIZE* bounds = pcre2_get_ovector_pointer(scratch().match);
  const Match found{bounds[0], bounds[1]};
  if (found.begin > found.end)  // \K in a lookahead
    throw UsageError("the pattern \"" + code_.pattern + "\" matches backwards", code_.where,
                     "Use another tokenizer.");
  position_ = found.end;
  if (found.begin == found.end)
    position_ += found.end < text_.size() ? utf8_front(text_.substr(found.end)).bytes : 1;
  return found;
}

}  // namespace trainbus
