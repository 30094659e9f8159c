// The kinds of tokenizers that are read, for lists and descriptions.
#pragma once

#include <span>
#include <string_view>

#include "core/export.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus {

struct TokenizerKind {
  std::string_view name;    // "BPE of bytes"
  std::string_view models;  // well-known ones that have it
  std::string_view files;   // that it is read from
};

TRAINBUS_EXPORT std::span<const TokenizerKind> tokenizer_kinds();
TRAINBUS_EXPORT const TokenizerKind& kind_of(const TokenizerSpec& spec);

}  // namespace trainbus
