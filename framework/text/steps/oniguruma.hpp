// Regular expressions of tokenizer.json, written for the Oniguruma engine (Ruby's syntax), as PCRE2
// has to be given them. Internal to Regex.
#pragma once

#include <string>
#include <string_view>

namespace trainbus {

// With PCRE2_UTF, PCRE2_UCP and PCRE2_MULTILINE the result matches as the pattern does there.
// Throws UsageError naming `where` for the few constructs that have no equal: && and [^…] inside a
// class, \W inside a class, {2,3}+.
std::string oniguruma_to_pcre2(std::string_view pattern, const std::string& where);

}  // namespace trainbus
