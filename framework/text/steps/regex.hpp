// A compiled regular expression over UTF-8 text (PCRE2, with Unicode properties).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace trainbus {

// Immutable once made: threads may share it.
class Regex {
  struct Code;

 public:
  // pattern: from tokenizer.json, written for the Oniguruma engine. Throws UsageError naming
  // `where` if it cannot be compiled or uses what PCRE2 has no equal for.
  Regex(std::string_view pattern, const std::string& where);
  ~Regex();
  Regex(Regex&&) noexcept;
  Regex& operator=(Regex&&) noexcept;

  struct Match {
    std::size_t begin, end;
  };
  // Iterates over the matches in one text, which must be valid UTF-8 and outlive the iterator.
  class Walk {
   public:
    Walk(const Regex& regex, std::string_view text);
    // The next match, empty ones included. Throws UsageError if matching exceeds PCRE2's limits on
    // this text.
    std::optional<Match> next();

   private:
    int search(std::uint32_t options) const;
    const Code& code_;
    std::string_view text_;
    std::size_t position_ = 0;
  };

 private:
  std::unique_ptr<Code> code_;
};

}  // namespace trainbus
