#include "text/sources/tokenizer_folder.hpp"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <system_error>
#include <utility>
#include <variant>

#include "core/io/error.hpp"
#include "core/io/json.hpp"
#include "core/io/log.hpp"
#include "core/io/utf8.hpp"
#include "formats/atomic_file.hpp"
#include "formats/foreign_file.hpp"
#include "formats/json_fields.hpp"
#include "formats/mapped_file.hpp"
#include "text/sources/gguf_tokenizer.hpp"
#include "text/sources/sentence_piece.hpp"
#include "text/sources/special_tokens.hpp"
#include "text/sources/tokenizer_json.hpp"
#include "text/sources/vocab_json.hpp"
#include "text/sources/vocab_txt.hpp"
#include "text/token_index.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// Entries of tokenizer_config.json that are not kept: they are written from the spec, here or in
// tokenizer.json.
constexpr std::array<std::string_view, 12> own_settings = {
    "add_bos_token",    "add_eos_token", "tokenizer_class",         "auto_map",
    "add_prefix_space", "vocab_file",    "special_tokens_map_file", "merges_file",
    "tokenizer_file",   "name_or_path",  "model_max_length",        "backend"};

void read_settings(const fs::path& path, TokenizerSpec& spec) {
  const MappedFile file(path);
  refuse_foreign(file.text(), path, FileKind::Text);
  const json::value document =
      parse_json(file.text(), path.string(), {.python_numbers = PythonNumbers::AsText});
  const JsonFields fields(document, path.string());
  const TokenIndex index(spec);
  for (const SpecialRole& role : special_roles)
    if (const auto token = named_token(fields, role.key))
      spec.*role.id = role_id(index, role.key, *token, fields);
  // transformers 5 leaves it to tokenizer.json's template.
  if (fields.flag("add_bos_token", false) && spec.prefix.empty())
    log::info(path.string() +
              ": add_bos_token has no effect, since tokenizer.json puts no token before a text");
}

// Entries that trainbus does not read are kept for saving.
void keep_settings(const fs::path& path, TokenizerSpec& spec) {
  const MappedFile file(path);
  spec.settings = file.text();
  const json::value document =
      parse_json(spec.settings, path.string(), {.python_numbers = PythonNumbers::AsText});
  // Several named templates are a list; they are left to those who use them.
  const json::value* chat = JsonFields(document, path.string()).find("chat_template");
  if (chat != nullptr && chat->is_string()) spec.chat_template = chat->get_string();
}

void keep_rest(const fs::path& folder, TokenizerSpec& spec) {
  std::error_code ignored;
  if (const fs::path path = folder / "tokenizer_config.json"; fs::exists(path, ignored))
    keep_settings(path, spec);
  // Where transformers puts it since 2025; it wins there too.
  if (const fs::path path = folder / "chat_template.jinja"; fs::exists(path, ignored)) {
    const MappedFile file(path);
    refuse_foreign(file.text(), path, FileKind::Text);
    spec.chat_template = replace_invalid_utf8(file.text());
  }
}

std::string named_tokens(const TokenizerSpec& spec, json::object object) {
  for (const SpecialRole& role : special_roles)
    if (spec.*role.id) object[role.key] = spec.token(*(spec.*role.id));
  return json::serialize(object) + "\n";
}

json::object settings_of(const TokenizerSpec& spec) {
  if (spec.settings.empty()) return {};
  const json::value document =
      parse_json(spec.settings, "tokenizer_config.json", {.python_numbers = PythonNumbers::AsText});
  json::object settings = document.is_object() ? document.get_object() : json::object();
  for (const std::string_view key : own_settings) settings.erase(key);
  for (const SpecialRole& role : special_roles) settings.erase(role.key);
  return settings;
}

[[noreturn]] void refuse_without_tokenizer(const fs::path& folder) {
  std::error_code ignored;
  const bool half =
      fs::exists(folder / "vocab.json", ignored) || fs::exists(folder / "merges.txt", ignored);
  throw UsageError(half ? "holds only one of vocab.json and merges.txt, and no tokenizer.json"
                        : "holds no tokenizer: neither tokenizer.json, nor tokenizer.model, "
                          "nor vocab.json with merges.txt, nor vocab.txt",
                   folder.string(), "Get the tokenizer's files that belong to this model.");
}

TokenizerSpec read_tokenizer_json(const fs::path& path) {
  const MappedFile file(path);
  refuse_foreign(file.text(), path, FileKind::Text);
  TokenizerSpec spec = parse_tokenizer_json(file.text(), path.string());
  std::error_code ignored;
  const fs::path settings = path.parent_path() / "tokenizer_config.json";
  if (fs::exists(settings, ignored)) read_settings(settings, spec);
  return spec;
}

TokenizerSpec read_folder(const fs::path& folder) {
  const auto has = [&](const char* name) {
    std::error_code ignored;
    return fs::exists(folder / name, ignored);
  };
  if (has("tokenizer.json")) return read_tokenizer_json(folder / "tokenizer.json");
  if (has("vocab.json") && has("merges.txt")) return load_vocab_json(folder);
  if (const std::string name = sentence_piece_file(folder); !name.empty())
    return load_sentence_piece(folder / name);
  if (has("vocab.txt")) return load_vocab_txt(folder);
  refuse_without_tokenizer(folder);
}

TokenizerSpec read_file(const fs::path& path) {
  const std::string name = path.filename().string();
  if (name == "vocab.json" || name == "merges.txt") return load_vocab_json(path.parent_path());
  if (name == "vocab.txt") return load_vocab_txt(path.parent_path());
  if (name.ends_with(".model")) return load_sentence_piece(path);
  return read_tokenizer_json(path);
}

}  // namespace

Tokenizer load_tokenizer(const fs::path& path) {
  std::error_code ignored;
  if (is_gguf(path)) return Tokenizer(tokenizer_spec_from_gguf(GgufFile(path)));
  const bool is_folder = fs::is_directory(path, ignored);
  TokenizerSpec spec = is_folder ? read_folder(path) : read_file(path);
  keep_rest(is_folder ? path : path.parent_path(), spec);
  return Tokenizer(std::move(spec));
}

void save_tokenizer(const TokenizerSpec& spec, const fs::path& folder, std::int64_t max_length) {
  check(spec);
  for (const std::string& token : spec.tokens)
    if (!is_utf8(token))
      throw UsageError("a token is not UTF-8: \"" + replace_invalid_utf8(token) + "\"", spec.where,
                       "tokenizer.json cannot hold it; use another vocabulary.");
  json::object config = settings_of(spec);
  config["clean_up_tokenization_spaces"] = false;
  config["model_max_length"] = max_length;
  config["tokenizer_class"] = "PreTrainedTokenizerFast";
  for (const PreTokenizerStep& step : spec.pre_tokenizers)
    if (const auto* bytes = std::get_if<pre_tokenize::ByteLevel>(&step))
      config["add_prefix_space"] = bytes->add_prefix_space;
  // A list of named templates stays beside the one in a file of its own.
  const json::value* templates = config.if_contains("chat_template");
  if (!spec.chat_template.empty() && !(templates && templates->is_array()))
    config["chat_template"] = spec.chat_template;
  write_file(folder / "tokenizer.json", format_tokenizer_json(spec));
  write_file(folder / "tokenizer_config.json", named_tokens(spec, std::move(config)));
  write_file(folder / "special_tokens_map.json", named_tokens(spec, {}));
}

}  // namespace trainbus
