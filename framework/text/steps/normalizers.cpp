#include "text/steps/normalizers.hpp"

#include <utility>
#include <variant>

#include "text/steps/bert_text.hpp"
#include "text/steps/byte_level.hpp"
#include "text/steps/characters.hpp"
#include "text/steps/filter.hpp"
#include "text/steps/growth.hpp"
#include "text/steps/normalizer.hpp"
#include "text/steps/white_space.hpp"

namespace trainbus {
namespace {

void strip(AlignedText& text, const normalize::Strip& step) {
  const std::string_view all = text.text();
  const std::size_t begin = step.left ? leading_white_space(all) : 0;
  const std::size_t end = all.size() - (step.right ? trailing_white_space(all.substr(begin)) : 0);
  if (begin == 0 && end == all.size()) return;
  TextEditor editor(text);
  editor.drop_until(begin);
  editor.keep_until(end);
  editor.finish();
}

void prepend(AlignedText& text, std::string_view front) {
  if (text.empty()) return;
  const std::size_t first = utf8_front(text.text()).bytes;
  std::string both(front);
  both += text.text().substr(0, first);
  TextEditor editor(text);
  editor.replace(both, first);
  editor.keep_until(text.text().size());
  editor.finish();
}

bool nmt_drops(char32_t c) {
  return (c >= 0x01 && c <= 0x08) || c == 0x0B || (c >= 0x0E && c <= 0x1F) || c == 0x7F ||
         c == 0x8F || c == 0x9F;
}

bool nmt_blanks(char32_t c) {
  return c == 0x09 || c == 0x0A || c == 0x0C || c == 0x0D || c == 0x1680 ||
         (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 || c == 0xFEFF ||
         c == 0xFFFD;
}

struct Apply {
  AlignedText& text;
  const std::optional<Regex>& regex;
  const std::optional<Charsmap>& charsmap;

  void operator()(const normalize::Unicode& step) const { to_form(text, step.form); }
  void operator()(const normalize::Lowercase&) const { lower_characters(text); }
  void operator()(const normalize::StripAccents&) const { drop_characters(text, is_mark); }
  void operator()(const normalize::Strip& step) const { strip(text, step); }
  void operator()(const normalize::Prepend& step) const { prepend(text, step.text); }
  void operator()(const normalize::Replace& step) const {
    replace_all(text, step.pattern, regex, step.content);
  }
  void operator()(const normalize::Precompiled&) const { charsmap->apply(text); }
  void operator()(const normalize::Nmt&) const {
    drop_characters(text, nmt_drops);
    map_characters(text, [](char32_t c) { return nmt_blanks(c) ? U' ' : c; });
  }
  void operator()(const normalize::ByteLevel&) const { bytes_to_alphabet(text); }
  void operator()(const normalize::Bert& step) const { bert_normalize(text, step); }
};

}  // namespace

void replace_all(AlignedText& text, const Pattern& pattern, const std::optional<Regex>& regex,
                 std::string_view content) {
  const std::string_view all = text.text();
  TextEditor editor(text);
  const auto put = [&](std::size_t begin, std::size_t end) {
    editor.keep_until(begin);
    editor.drop_until(end);
    editor.insert(content);
  };
  if (regex) {
    Regex::Walk walk(*regex, all);
    while (const std::optional<Regex::Match> match = walk.next()) put(match->begin, match->end);
  } else if (!pattern.text.empty()) {
    for (std::size_t at = 0; (at = all.find(pattern.text, at)) != std::string_view::npos;) {
      put(at, at + pattern.text.size());
      at += pattern.text.size();
    }
  }
  editor.keep_until(all.size());
  editor.finish();
}

Normalizers::Normalizers(const std::vector<NormalizerStep>& steps, const std::string& where)
    : where_(where) {
  for (const NormalizerStep& spec : steps) {
    Step step{spec, std::nullopt, std::nullopt};
    if (const auto* replace = std::get_if<normalize::Replace>(&spec);
        replace != nullptr && replace->pattern.regex)
      step.regex.emplace(replace->pattern.text, where);
    if (auto* map = std::get_if<normalize::Precompiled>(&step.spec)) {
      step.charsmap.emplace(map->charsmap, where);
      map->charsmap.clear();  // the map has its own copy
    }
    steps_.push_back(std::move(step));
  }
}

void Normalizers::apply(AlignedText& text) const {
  const std::size_t before = text.text().size();
  for (const Step& step : steps_) {
    std::visit(Apply{text, step.regex, step.charsmap}, step.spec);
    check_growth(before, text.text().size(), where_);
  }
}

}  // namespace trainbus
