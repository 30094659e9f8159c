// The special tokens that tokenizer_config.json names. Internal to the loaders of tokenizers.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "formats/json_fields.hpp"
#include "text/token_index.hpp"
#include "text/tokenizer_spec.hpp"

namespace trainbus {

struct SpecialRole {
  std::string_view key;  // "pad_token"
  std::optional<std::int32_t> TokenizerSpec::*id;
};
inline constexpr std::array<SpecialRole, 7> special_roles = {
    {{"bos_token", &TokenizerSpec::bos},
     {"eos_token", &TokenizerSpec::eos},
     {"pad_token", &TokenizerSpec::pad},
     {"unk_token", &TokenizerSpec::unk},
     {"cls_token", &TokenizerSpec::cls},
     {"sep_token", &TokenizerSpec::sep},
     {"mask_token", &TokenizerSpec::mask}}};

// The text of the token that has this role, given as a string or an AddedToken; none if the
// settings name none.
std::optional<std::string> named_token(const JsonFields& settings, std::string_view role);

// The id of a role's token; none, with a warning, for a padding token that is not in the
// vocabulary, since trainbus does not pad. Throws UsageError for other roles.
std::optional<std::int32_t> role_id(const TokenIndex& index, std::string_view role,
                                    const std::string& token, const JsonFields& settings);

// BERT's: "[CLS] text [SEP]", and "[CLS] first [SEP] second [SEP]", whose end is of segment 1.
// spec.cls and spec.sep must be there.
void put_bert_template(TokenizerSpec& spec);

}  // namespace trainbus
