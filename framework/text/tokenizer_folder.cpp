#include "text/tokenizer_folder.hpp"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <system_error>
#include <utility>

#include "core/io/error.hpp"
#include "formats/atomic_file.hpp"
#include "formats/json.hpp"
#include "formats/json_fields.hpp"
#include "formats/mapped_file.hpp"
#include "text/gguf_tokenizer.hpp"
#include "text/token_index.hpp"
#include "text/tokenizer_json.hpp"
#include "text/utf8.hpp"
#include "text/vocab_txt.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

struct Role {
  std::string_view key;
  std::optional<std::int32_t> TokenizerSpec::*id;
};
constexpr std::array<Role, 7> roles = {{{"bos_token", &TokenizerSpec::bos},
                                        {"eos_token", &TokenizerSpec::eos},
                                        {"pad_token", &TokenizerSpec::pad},
                                        {"unk_token", &TokenizerSpec::unk},
                                        {"cls_token", &TokenizerSpec::cls},
                                        {"sep_token", &TokenizerSpec::sep},
                                        {"mask_token", &TokenizerSpec::mask}}};

void read_config(const fs::path& path, TokenizerSpec& spec) {
  const MappedFile file(path);
  const json::value document = parse_json(file.text(), path.string());
  const JsonFields fields(document, path.string());
  const TokenIndex index(spec);
  for (const Role& role : roles) {
    const json::value* value = fields.find(role.key);
    if (value == nullptr) continue;
    // A string, or an AddedToken written out.
    const std::string token =
        value->is_object() ? fields.object(role.key).text("content") : fields.text(role.key);
    spec.*role.id = index.at(token, std::string(role.key) + " in " + path.filename().string());
  }
  // What transformers then puts into the template; older checkpoints say it here alone.
  if (fields.flag("add_bos_token", false) && spec.bos && spec.prefix.empty())
    spec.prefix.push_back(*spec.bos);
  // Several named templates are a list; they are left to those who use them.
  const json::value* chat = fields.find("chat_template");
  if (chat != nullptr && chat->is_string()) spec.chat_template = chat->get_string();
}

std::string named_tokens(const TokenizerSpec& spec, json::object object) {
  for (const Role& role : roles)
    if (spec.*role.id) object[role.key] = spec.token(*(spec.*role.id));
  return json::serialize(object) + "\n";
}

}  // namespace

Tokenizer load_tokenizer(const fs::path& path) {
  if (path.extension() == ".gguf") return Tokenizer(tokenizer_spec_from_gguf(GgufFile(path)));
  std::error_code ignored;
  const bool is_folder = fs::is_directory(path, ignored);
  const fs::path json_path = is_folder ? path / "tokenizer.json" : path;
  if (is_folder && !fs::exists(json_path, ignored) && fs::exists(path / "vocab.txt", ignored) &&
      !fs::exists(path / "merges.txt", ignored))
    return Tokenizer(load_vocab_txt(path));
  const MappedFile file(json_path);
  TokenizerSpec spec = parse_tokenizer_json(file.text(), json_path.string());
  const fs::path config = json_path.parent_path() / "tokenizer_config.json";
  if (fs::exists(config, ignored)) read_config(config, spec);
  return Tokenizer(std::move(spec));
}

void save_tokenizer(const TokenizerSpec& spec, const fs::path& folder, std::int64_t max_length) {
  check(spec);
  for (const std::string& token : spec.tokens)
    if (replace_invalid_utf8(token) != token)
      throw UsageError("a token is not UTF-8: \"" + replace_invalid_utf8(token) + "\"", spec.where,
                       "tokenizer.json cannot hold it; use another vocabulary.");
  json::object config = {{"clean_up_tokenization_spaces", false},
                         {"model_max_length", max_length},
                         {"tokenizer_class", "PreTrainedTokenizerFast"}};
  if (!spec.word_piece) config["add_prefix_space"] = false;
  if (!spec.chat_template.empty()) config["chat_template"] = spec.chat_template;
  write_file(folder / "tokenizer.json", format_tokenizer_json(spec));
  write_file(folder / "tokenizer_config.json", named_tokens(spec, std::move(config)));
  write_file(folder / "special_tokens_map.json", named_tokens(spec, {}));
}

}  // namespace trainbus
