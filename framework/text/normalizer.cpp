#include "text/normalizer.hpp"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

std::string normalized(std::string_view text, utf8proc_option_t form) {
  utf8proc_uint8_t* composed = nullptr;
  const utf8proc_ssize_t length =
      utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                   static_cast<utf8proc_ssize_t>(text.size()), &composed,
                   static_cast<utf8proc_option_t>(UTF8PROC_STABLE | form));
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(composed, &std::free);
  if (length < 0)
    throw RunError(std::string("cannot be normalised: ") + utf8proc_errmsg(length), "a text",
                   "Free memory or shorten the text.");
  return {reinterpret_cast<const char*>(composed), static_cast<std::size_t>(length)};
}

}  // namespace

std::string to_nfc(std::string_view text) { return normalized(text, UTF8PROC_COMPOSE); }
std::string to_nfd(std::string_view text) { return normalized(text, UTF8PROC_DECOMPOSE); }

}  // namespace trainbus
