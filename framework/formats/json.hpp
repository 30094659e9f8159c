// Strict JSON for untrusted files: duplicate keys, depth and size are checked.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

struct JsonLimits {
  std::size_t depth = 32;
  std::size_t values = std::size_t{1} << 24;  // of all kinds, in the whole document
  // Python writes NaN, Infinity and -Infinity, which JSON does not have. With this they become
  // strings, so that no accessor reads them as numbers; without it they are bad syntax.
  bool python_numbers = false;
};

// Parses one JSON document (UTF-8). Throws UsageError naming `where` and the position: bad syntax,
// bad UTF-8, a key that occurs twice in one object, or more than the limits allow.
TRAINBUS_EXPORT boost::json::value parse_json(std::string_view text, std::string_view where,
                                              const JsonLimits& limits = {});

}  // namespace trainbus
