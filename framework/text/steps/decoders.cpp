#include "text/steps/decoders.hpp"

#include <array>
#include <string_view>
#include <utility>
#include <variant>

#include "core/io/utf8.hpp"
#include "text/steps/byte_level.hpp"
#include "text/steps/growth.hpp"
#include "text/steps/normalizers.hpp"

namespace trainbus {
namespace {

using Tokens = std::vector<std::string>;

constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

void replace_each(std::string& text, std::string_view from, std::string_view to) {
  if (from.empty()) return;
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

// Hugging Face's cleanup, applied to one token at a time.
void clean_up(std::string& token) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 11> tidier = {{
      {" .", "."},
      {" ?", "?"},
      {" !", "!"},
      {" ,", ","},
      {" ' ", "'"},
      {" n't", "n't"},
      {" 'm", "'m"},
      {" do not", " don't"},
      {" 's", "'s"},
      {" 've", "'ve"},
      {" 're", "'re"},
  }};
  for (const auto& [from, to] : tidier) replace_each(token, from, to);
}

std::optional<char> named_byte(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return std::nullopt;
  const auto digit = [](char c) {
    const std::size_t upper = std::string_view("0123456789ABCDEF").find(c);
    return upper != std::string_view::npos ? upper : std::string_view("0123456789abcdef").find(c);
  };
  const std::size_t high = digit(token[3]), low = digit(token[4]);
  if (high > 15 || low > 15) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

// Runs of bytes into text; where they are not UTF-8, each into U+FFFD.
void join_bytes(Tokens& tokens) {
  Tokens joined;
  std::string bytes;
  const auto end_run = [&] {
    if (bytes.empty()) return;
    if (is_utf8(bytes))
      joined.push_back(bytes);
    else
      joined.insert(joined.end(), bytes.size(), std::string(replacement_character));
    bytes.clear();
  };
  for (std::string& token : tokens) {
    if (const auto byte = named_byte(token)) {
      bytes += *byte;
      continue;
    }
    end_run();
    joined.push_back(std::move(token));
  }
  end_run();
  tokens = std::move(joined);
}

void strip(std::string& token, const decode::Strip& step) {
  const std::string& c = step.content;
  std::size_t begin = 0, end = token.size();
  for (std::int64_t i = 0; i < step.start && token.compare(begin, c.size(), c) == 0; ++i)
    begin += c.size();
  for (std::int64_t i = 0;
       i < step.stop && end >= begin + c.size() && token.compare(end - c.size(), c.size(), c) == 0;
       ++i)
    end -= c.size();
  token = token.substr(begin, end - begin);
}

std::string joined(const Tokens& tokens, std::string_view between) {
  std::string text;
  for (const std::string& token : tokens) {
    if (&token != &tokens.front()) text += between;
    text += token;
  }
  return text;
}

struct Apply {
  Tokens& tokens;
  const std::optional<Regex>& regex;

  void operator()(const decode::ByteLevel&) const {
    std::string bytes;
    for (const std::string& token : tokens) bytes += from_byte_level(token).value_or(token);
    tokens = {replace_invalid_utf8(bytes)};
  }
  void operator()(const decode::WordPiece& step) const {
    for (std::size_t i = 0; i < tokens.size(); ++i) {
      std::string& token = tokens[i];
      if (i > 0) {
        if (!step.prefix.empty() && token.starts_with(step.prefix))
          token.erase(0, step.prefix.size());
        else
          token.insert(0, " ");
      }
      if (step.cleanup) clean_up(token);
    }
  }
  void operator()(const decode::Metaspace& step) const {
    for (std::size_t i = 0; i < tokens.size(); ++i)
      replace_each(tokens[i], step.replacement, i == 0 && step.drop_first ? "" : " ");
  }
  void operator()(const decode::ByteFallback&) const { join_bytes(tokens); }
  void operator()(const decode::Fuse&) const { tokens = {joined(tokens, "")}; }
  void operator()(const decode::Strip& step) const {
    for (std::string& token : tokens) strip(token, step);
  }
  void operator()(const decode::Replace& step) const {
    for (std::string& token : tokens) {
      if (!regex) {
        replace_each(token, step.pattern.text, step.content);
        continue;
      }
      AlignedText text(token, 0, false);
      replace_all(text, step.pattern, regex, step.content);
      token = text.text();
    }
  }
  void operator()(const decode::Bpe& step) const {
    for (std::size_t i = 0; i < tokens.size(); ++i)
      replace_each(tokens[i], step.suffix, i + 1 == tokens.size() ? "" : " ");
  }
};

}  // namespace

Decoders::Decoders(const std::vector<DecoderStep>& steps, const std::string& where)
    : where_(where) {
  for (const DecoderStep& spec : steps) {
    Step step{spec, std::nullopt};
    if (const auto* replace = std::get_if<decode::Replace>(&spec);
        replace != nullptr && replace->pattern.regex)
      step.regex.emplace(replace->pattern.text, where);
    steps_.push_back(std::move(step));
  }
}

std::string Decoders::decode(std::vector<std::string> tokens) const {
  if (steps_.empty()) return joined(tokens, " ");
  const auto size = [&] {
    std::size_t bytes = tokens.size();
    for (const std::string& token : tokens) bytes += token.size();
    return bytes;
  };
  const std::size_t before = size();
  for (const Step& step : steps_) {
    std::visit(Apply{tokens, step.regex}, step.spec);
    check_growth(before, size(), where_);
  }
  return joined(tokens, "");
}

}  // namespace trainbus
