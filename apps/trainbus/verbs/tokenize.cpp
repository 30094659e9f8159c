// tokenize: what a model's tokenizer makes of texts, and of ids.
#include <trainbus/plugin/option_schema.hpp>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <iostream>
#include <iterator>
#include <limits>

#include "core/io/error.hpp"
#include "core/io/json.hpp"
#include "core/io/lines.hpp"
#include "core/io/utf8.hpp"
#include "core/plan/arguments.hpp"
#include "core/plan/model_task.hpp"
#include "core/plan/typed_path.hpp"
#include "table.hpp"
#include "tasks/data/text_file.hpp"
#include "text/sources/tokenizer_folder.hpp"
#include "verb.hpp"

namespace trainbus::cli {
namespace {

namespace json = boost::json;

const std::vector<Option>& schema() {
  static const std::vector<Option> options = {
      option::path("model", "",
                   "what holds the tokenizer: a model's folder, a run, a GGUF file, a "
                   "tokenizer.json, tokenizer.model, vocab.json or vocab.txt"),
      option::text("text", "", "the text; default: those of --input"),
      option::path("input", "-",
                   "texts, one a line; .jsonl: strings, or objects with \"text\"; -: standard "
                   "input"),
      option::flag("no-special", "false", "leave out the special tokens around each text"),
      option::flag("json", "false", "one JSON object a line"),
      option::flag("decode", "false", "the other way: from ids, \"1 42 7\" or [1,42,7], to text")};
  return options;
}

struct Input {
  std::vector<std::string> lines;
  std::string name;  // for messages
  bool is_jsonl = false;

  std::string where(std::size_t line) const {
    return lines.size() == 1 && name == "--text" ? name : name + ":" + std::to_string(line + 1);
  }
};

Input read_input(const OptionValues& options) {
  if (!options.is_default("text")) {
    if (!options.is_default("input"))
      throw UsageError("both --text and --input are given", "tokenize", "Give one of them.");
    if (!is_utf8(options.text("text")))
      throw UsageError("is not UTF-8 text", "--text", "Give it in UTF-8.");
    return {{options.text("text")}, "--text", false};
  }
  const std::string& typed = options.text("input");
  const bool standard = typed == "-";
  const std::string path = standard ? "" : typed_path(typed, "--input");
  const std::string name = standard ? "standard input" : path;
  const std::string bytes = standard ? std::string(std::istreambuf_iterator<char>(std::cin), {})
                                     : tasks::read_bytes(path);
  // Blanks at the ends of lines belong to the texts.
  return {lines_of(tasks::text_of_bytes(bytes, name)), name, path.ends_with(".jsonl")};
}

// A line's text, or its ids in JSON: the value itself, or the member of an object.
json::value member_of(const std::string& line, const char* member, const std::string& where) {
  json::value value = parse_json(line, where);
  if (json::object* object = value.if_object()) {
    if (json::value* found = object->if_contains(member)) return *found;
    throw UsageError("the object has no \"" + std::string(member) + "\"", where,
                     "Write one object with it a line.");
  }
  return value;
}

std::string text_of(const Input& input, std::size_t line) {
  if (!input.is_jsonl) return input.lines[line];
  const json::value value = member_of(input.lines[line], "text", input.where(line));
  if (const json::string* text = value.if_string()) return std::string(*text);
  throw UsageError("the text is " + json_excerpt(value) + ", expected a string", input.where(line),
                   "Write strings, or objects with \"text\".");
}

[[noreturn]] void refuse_ids(const std::string& found, const std::string& where) {
  throw UsageError("\"" + found + "\" is no token's id", where,
                   "Write whole numbers with blanks or commas between, or a JSON array of them.");
}

std::vector<std::int32_t> ids_of(const Input& input, std::size_t line) {
  const std::string& text = input.lines[line];
  const std::string where = input.where(line);
  std::vector<std::int32_t> ids;
  const std::size_t first = text.find_first_not_of(" \t");
  if (first != std::string::npos && (text[first] == '[' || text[first] == '{')) {
    if (!try_parse_json(text)) refuse_ids(text, where);
    const json::value value = member_of(text, "ids", where);
    if (!value.is_array()) refuse_ids(json_excerpt(value), where);
    for (const json::value& id : value.get_array()) {
      if (!id.is_int64() || id.get_int64() < 0 ||
          id.get_int64() > std::numeric_limits<std::int32_t>::max())
        refuse_ids(json_excerpt(id), where);
      ids.push_back(static_cast<std::int32_t>(id.get_int64()));
    }
    return ids;
  }
  constexpr std::string_view between = " \t,";
  for (std::size_t at = 0; (at = text.find_first_not_of(between, at)) != std::string::npos;) {
    const std::size_t end = std::min(text.find_first_of(between, at), text.size());
    std::int32_t id = 0;
    const auto [stop, error] = std::from_chars(text.data() + at, text.data() + end, id);
    if (error != std::errc() || stop != text.data() + end || id < 0)
      refuse_ids(text.substr(at, end - at), where);
    ids.push_back(id);
    at = end;
  }
  return ids;
}

// With the template's tokens, which stand nowhere in the text.
EncodedText encode(const Tokenizer& tokenizer, const std::string& text, bool special) {
  EncodedText encoded = tokenizer.encode_with_offsets(text);
  if (!special) return encoded;
  const TokenizerSpec& spec = tokenizer.spec();
  encoded.ids.insert(encoded.ids.begin(), spec.prefix.begin(), spec.prefix.end());
  encoded.offsets.insert(encoded.offsets.begin(), spec.prefix.size(), {});
  encoded.ids.insert(encoded.ids.end(), spec.suffix.begin(), spec.suffix.end());
  encoded.offsets.resize(encoded.ids.size());
  return encoded;
}

void print_json(const Tokenizer& tokenizer, const EncodedText& encoded) {
  json::array pieces, offsets;
  for (const std::int32_t id : encoded.ids)
    pieces.emplace_back(replace_invalid_utf8(tokenizer.spec().token(id)));
  for (const TokenOffsets& token : encoded.offsets)
    offsets.push_back(json::array{token.begin, token.end});
  std::cout << json::serialize(
                   json::object{{"ids", json::array(encoded.ids.begin(), encoded.ids.end())},
                                {"pieces", std::move(pieces)},
                                {"offsets", std::move(offsets)}})
            << '\n';
}

// One row a token; the piece last, quoted as JSON, so that blanks and line ends are seen.
void print_rows(const Tokenizer& tokenizer, const EncodedText& encoded) {
  std::vector<std::vector<std::string>> rows = {{"id", "from", "to", "piece"}};
  for (std::size_t i = 0; i < encoded.ids.size(); ++i) {
    const std::string piece = replace_invalid_utf8(tokenizer.spec().token(encoded.ids[i]));
    rows.push_back({std::to_string(encoded.ids[i]), std::to_string(encoded.offsets[i].begin),
                    std::to_string(encoded.offsets[i].end), json::serialize(json::string(piece))});
  }
  print_table(std::cout, rows);
}

void decode_line(const Tokenizer& tokenizer, const Input& input, std::size_t line, bool as_json) {
  const std::string text = tokenizer.decode(ids_of(input, line));
  if (as_json)
    std::cout << json::serialize(json::object{{"text", text}}) << '\n';
  else
    std::cout << text << '\n';
}

void help(const Call&) {
  print_options(std::cout, "Options", "", schema(), text_width());
  std::cout
      << "Offsets are Unicode code points of the text, [from, to). A special token that is not\n"
         "in the text is at 0, 0. Weights are never loaded.\n";
}

int tokenize(const Call& call) {
  OptionValues options("", schema());
  for (const Argument& argument : parse_arguments(call.arguments, options.schema()))
    options.set(argument.name, argument.value, "command line");
  if (options.text("model").empty())
    throw UsageError("no model is given", "tokenize", "Give --model with a folder or a file.");
  const Tokenizer tokenizer =
      load_tokenizer(model_path(typed_path(options.text("model"), "--model")));
  const Input input = read_input(options);
  const bool as_json = options.flag("json");
  for (std::size_t line = 0; line < input.lines.size(); ++line) {
    if (options.flag("decode")) {
      decode_line(tokenizer, input, line, as_json);
      continue;
    }
    const EncodedText encoded =
        encode(tokenizer, text_of(input, line), !options.flag("no-special"));
    if (!as_json && line > 0) std::cout << '\n';
    as_json ? print_json(tokenizer, encoded) : print_rows(tokenizer, encoded);
  }
  return exit_done;
}

}  // namespace

extern const Verb tokenize_verb;
const Verb tokenize_verb = {
    .name = "tokenize",
    .usage = "--model MODEL [OPTION]…",
    .summary = "show what a model's tokenizer makes of texts",
    .run = tokenize,
    .help = help,
};

}  // namespace trainbus::cli
