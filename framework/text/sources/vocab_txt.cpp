#include "text/sources/vocab_txt.hpp"

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <system_error>

#include "core/io/error.hpp"
#include "core/io/json.hpp"
#include "core/io/lines.hpp"
#include "core/io/utf8.hpp"
#include "formats/foreign_file.hpp"
#include "formats/json_fields.hpp"
#include "formats/mapped_file.hpp"
#include "text/sources/special_tokens.hpp"
#include "text/token_index.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

json::value read_settings(const fs::path& file) {
  std::error_code ignored;
  if (!fs::exists(file, ignored)) return json::object();
  const MappedFile settings(file);
  refuse_foreign(settings.text(), file, FileKind::Text);
  return parse_json(settings.text(), file.string());
}

normalize::Bert read_rules(const JsonFields& settings) {
  normalize::Bert rules;
  rules.lower_case = settings.flag("do_lower_case", true);
  rules.split_chinese = settings.flag("tokenize_chinese_chars", true);
  rules.strip_accents = settings.flag("strip_accents", rules.lower_case);
  return rules;
}

}  // namespace

TokenizerSpec load_vocab_txt(const fs::path& folder) {
  const fs::path file = folder / "vocab.txt", config = folder / "tokenizer_config.json";
  const json::value document = read_settings(config);
  const JsonFields settings(document, config.string());
  TokenizerSpec spec;
  spec.where = file.string();
  const MappedFile lines(file);
  refuse_foreign(lines.text(), file, FileKind::Text);
  if (!is_utf8(lines.text()))
    throw UsageError("is not UTF-8", spec.where,
                     "The file is damaged; get it again from its source.");
  spec.tokens = lines_of(lines.text());
  spec.normalizers = {read_rules(settings)};
  spec.pre_tokenizers = {pre_tokenize::Bert{}};
  spec.decoders = {decode::WordPiece{}};
  const TokenIndex index(spec);
  const auto special = [&](const char* role, const char* usual) {
    const std::optional<std::string> named = named_token(settings, role);
    const std::optional<std::int32_t> id =
        named ? role_id(index, role, *named, settings) : std::optional(index.at(usual, role));
    if (id) spec.added.push_back({.id = *id, .special = true, .in_vocabulary = true});
    return id;
  };
  spec.unk = special("unk_token", "[UNK]");
  WordPieceSpec word_piece;
  word_piece.unknown = *spec.unk;
  spec.model = word_piece;
  spec.cls = special("cls_token", "[CLS]");
  spec.sep = special("sep_token", "[SEP]");
  // trainbus does not pad, so a padding token is optional.
  if (settings.has("pad_token") || index.find("[PAD]")) spec.pad = special("pad_token", "[PAD]");
  spec.mask = special("mask_token", "[MASK]");
  put_bert_template(spec);
  check(spec);
  return spec;
}

}  // namespace trainbus
