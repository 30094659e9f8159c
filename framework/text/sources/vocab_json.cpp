#include "text/sources/vocab_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <map>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "core/io/error.hpp"
#include "core/io/json.hpp"
#include "formats/foreign_file.hpp"
#include "formats/json_fields.hpp"
#include "formats/mapped_file.hpp"
#include "text/sources/special_tokens.hpp"
#include "text/token_index.hpp"
#include "text/token_table.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

json::value read_object(const fs::path& file, bool needed) {
  std::error_code ignored;
  if (!needed && !fs::exists(file, ignored)) return json::object();
  const MappedFile mapped(file);
  refuse_foreign(mapped.text(), file, FileKind::Text);
  return parse_json(mapped.text(), file.string(), {.python_numbers = PythonNumbers::AsText});
}

enum class Family { Gpt2, Roberta };

Family family_of(const JsonFields& settings, const fs::path& folder) {
  std::string name = settings.text("tokenizer_class", "GPT2Tokenizer");
  if (name.ends_with("Fast")) name.resize(name.size() - 4);
  for (const std::string_view same : {"GPT2Tokenizer", "PreTrainedTokenizer", "TokenizersBackend"})
    if (name == same) return Family::Gpt2;
  for (const std::string_view same : {"RobertaTokenizer", "BartTokenizer", "LongformerTokenizer"})
    if (name == same) return Family::Roberta;
  settings.refuse("tokenizer_class", "GPT2Tokenizer or RobertaTokenizer beside a vocab.json",
                  "Make tokenizer.json: python -c \"from transformers import AutoTokenizer as T; "
                  "T.from_pretrained('" +
                      folder.string() + "').save_pretrained('" + folder.string() + "')\"");
}

// Every token's id, and which tokens are not in vocab.json.
class Tokens {
 public:
  explicit Tokens(const std::string& where) : where_(where) {}

  void add(std::int64_t id, const std::string& token, bool in_vocabulary,
           const std::string& where) {
    const auto [place, fresh] = by_id_.try_emplace(id, token);
    if (!fresh && place->second != token)
      throw UsageError("token \"" + token + "\" has the id " + std::to_string(id) +
                           ", which is also that of \"" + place->second + "\"",
                       where, "The file is damaged; get it again from its source.");
    if (fresh && !in_vocabulary) added_.emplace(id, true);
  }
  bool is_added(std::int64_t id) const { return added_.contains(id); }
  void take(TokenizerSpec& spec) const {
    TokenTable table(where_);
    for (const auto& [id, token] : by_id_) table.set(id, token);
    table.finish(spec);
  }

 private:
  const std::string& where_;
  std::map<std::int64_t, std::string> by_id_;
  std::map<std::int64_t, bool> added_;
};

std::vector<std::pair<std::int32_t, std::int32_t>> read_merges(const fs::path& file,
                                                               const TokenizerSpec& spec) {
  const MappedFile mapped(file);
  refuse_foreign(mapped.text(), file, FileKind::Text);
  const TokenIndex index(spec);
  std::vector<std::pair<std::int32_t, std::int32_t>> merges;
  std::string_view text = mapped.text();
  for (bool first = true; !text.empty(); first = false) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || (first && line.starts_with("#version"))) continue;
    merges.push_back(index.merge(line));
  }
  return merges;
}

AddedToken added_token(std::int32_t id, const json::value* described, const JsonFields& settings,
                       std::string_view key) {
  AddedToken token{.id = id, .special = true, .in_vocabulary = true};
  if (described == nullptr || !described->is_object()) return token;
  const JsonFields fields(*described, settings.where(), std::string(key) + ".");
  token.special = fields.flag("special", true);
  token.strip_left = fields.flag("lstrip", false);
  token.strip_right = fields.flag("rstrip", false);
  token.normalized = fields.flag("normalized", false);
  token.single_word = fields.flag("single_word", false);
  return token;
}

class Loader {
 public:
  explicit Loader(const fs::path& folder)
      : folder_(folder),
        settings_document_(read_object(folder / "tokenizer_config.json", false)),
        map_document_(read_object(folder / "special_tokens_map.json", false)),
        settings_(settings_document_, (folder / "tokenizer_config.json").string()),
        map_(map_document_, (folder / "special_tokens_map.json").string()) {}

  TokenizerSpec load() {
    const Family family = family_of(settings_, folder_);
    spec_.where = (folder_ / "vocab.json").string();
    read_tokens();
    const bool blank = settings_.flag("add_prefix_space", false);
    spec_.pre_tokenizers = {pre_tokenize::ByteLevel{blank, true}};
    spec_.decoders = {decode::ByteLevel{}};
    BpeSpec bpe;
    bpe.merges = read_merges(folder_ / "merges.txt", spec_);
    spec_.model = std::move(bpe);
    read_roles();
    if (family == Family::Roberta) {
      if (spec_.cls) spec_.prefix.push_back(*spec_.cls);
      if (spec_.sep) spec_.suffix.push_back(*spec_.sep);
      spec_.trim = blank ? TokenizerSpec::Trim::SpacesButFirst : TokenizerSpec::Trim::Spaces;
      if (spec_.cls && spec_.sep) put_pair_template();
    } else if (spec_.bos && settings_.flag("add_bos_token", false)) {
      using Kind = PairPiece::Kind;
      spec_.prefix.push_back(*spec_.bos);
      spec_.pair = {{Kind::Token, *spec_.bos, 0},
                    {Kind::First, 0, 0},
                    {Kind::Token, *spec_.bos, 0},
                    {Kind::Second, 0, 0}};
    }
    check(spec_);
    return std::move(spec_);
  }

 private:
  void read_tokens() {
    Tokens tokens(spec_.where);
    const json::value vocabulary = read_object(folder_ / "vocab.json", true);
    const JsonFields ids(vocabulary, spec_.where);
    for (const json::key_value_pair& entry : ids.members())
      tokens.add(ids.integer(entry.key(), 0, INT32_MAX), entry.key(), true, spec_.where);
    const fs::path added_file = folder_ / "added_tokens.json";
    const json::value added = read_object(added_file, false);
    const JsonFields added_ids(added, added_file.string());
    for (const json::key_value_pair& entry : added_ids.members())
      tokens.add(added_ids.integer(entry.key(), 0, INT32_MAX), entry.key(), false,
                 added_file.string());
    read_decoder(tokens);
    for (const json::key_value_pair& entry : added_ids.members()) {
      const auto id = static_cast<std::int32_t>(added_ids.integer(entry.key(), 0, INT32_MAX));
      if (!has_added(id))
        spec_.added.push_back(
            {.id = id, .normalized = true, .in_vocabulary = !tokens.is_added(id)});
    }
    tokens.take(spec_);
  }

  // "added_tokens_decoder": {"1": {"content": "<pad>", …}}, as transformers writes since 4.34.
  void read_decoder(Tokens& tokens) {
    if (!settings_.has("added_tokens_decoder")) return;
    const JsonFields decoder = settings_.object("added_tokens_decoder");
    for (const json::key_value_pair& entry : decoder.members()) {
      const std::string key(entry.key());
      if (key.empty() || key.size() > 9 || key.find_first_not_of("0123456789") != std::string::npos)
        decoder.refuse(key, "an id as the key");
      const std::int32_t id = std::stoi(key);
      tokens.add(id, decoder.object(key).text("content"), false, settings_.where());
      AddedToken token = added_token(id, &entry.value(), settings_, key);
      token.in_vocabulary = !tokens.is_added(id);
      spec_.added.push_back(token);
    }
  }

  // cls A sep sep B sep
  void put_pair_template() {
    using Kind = PairPiece::Kind;
    const std::int32_t cls = *spec_.cls, sep = *spec_.sep;
    spec_.pair = {{Kind::Token, cls, 0}, {Kind::First, 0, 0},  {Kind::Token, sep, 0},
                  {Kind::Token, sep, 0}, {Kind::Second, 0, 0}, {Kind::Token, sep, 0}};
  }

  void read_roles() {
    const TokenIndex index(spec_);
    for (const SpecialRole& role : special_roles) {
      const JsonFields& from = settings_.has(role.key) ? settings_ : map_;
      const std::optional<std::string> token = named_token(from, role.key);
      if (!token) continue;
      const std::optional<std::int32_t> id = role_id(index, role.key, *token, from);
      spec_.*role.id = id;
      if (id && !has_added(*id))
        spec_.added.push_back(added_token(*id, from.find(role.key), from, role.key));
    }
  }

  bool has_added(std::int32_t id) const {
    for (const AddedToken& token : spec_.added)
      if (token.id == id) return true;
    return false;
  }

  const fs::path& folder_;
  const json::value settings_document_, map_document_;
  const JsonFields settings_, map_;
  TokenizerSpec spec_;
};

}  // namespace

TokenizerSpec load_vocab_json(const fs::path& folder) { return Loader(folder).load(); }

}  // namespace trainbus
