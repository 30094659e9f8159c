#include "text/steps/aligned_text.hpp"

#include <utility>

#include "core/io/utf8.hpp"

namespace trainbus {

AlignedText::AlignedText(std::string_view text, std::size_t begin, bool aligned)
    : text_(text), begin_(begin), aligned_(aligned) {
  if (!aligned) return;
  origins_.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t bytes = utf8_front(text.substr(i)).bytes;
    const Origin origin{static_cast<std::uint32_t>(begin + i),
                        static_cast<std::uint32_t>(begin + i + bytes)};
    origins_.insert(origins_.end(), bytes, origin);
    i += bytes;
  }
}

AlignedText AlignedText::slice(ByteRange part) const {
  AlignedText out({}, begin_ + part.begin, false);
  out.text_ = text_.substr(part.begin, part.end - part.begin);
  out.aligned_ = aligned_;
  if (aligned_)
    out.origins_.assign(origins_.begin() + static_cast<std::ptrdiff_t>(part.begin),
                        origins_.begin() + static_cast<std::ptrdiff_t>(part.end));
  if (!out.origins_.empty()) out.begin_ = out.origins_[0].begin;
  return out;
}

TextEditor::TextEditor(AlignedText& text) : target_(text) {
  text_.reserve(text.text_.size() + text.text_.size() / 8);
  if (text.aligned_) origins_.reserve(text.text_.size());
}

void TextEditor::keep_until(std::size_t end) {
  if (end <= at_) return;
  text_.append(target_.text_, at_, end - at_);
  if (target_.aligned_)
    origins_.insert(origins_.end(), target_.origins_.begin() + static_cast<std::ptrdiff_t>(at_),
                    target_.origins_.begin() + static_cast<std::ptrdiff_t>(end));
  at_ = end;
}

AlignedText::Origin TextEditor::before() const {
  const auto begin = static_cast<std::uint32_t>(target_.begin_);
  return at_ == 0 ? AlignedText::Origin{begin, begin} : target_.origins_[at_ - 1];
}

void TextEditor::take_character() {
  if (at_ < target_.text_.size())
    at_ += utf8_front(std::string_view(target_.text_).substr(at_)).bytes;
}

void TextEditor::put(char32_t character, std::int64_t change) {
  if (target_.aligned_) {
    const std::size_t bytes = text_.size();
    append_utf8(text_, character);
    const bool inserted = change > 0 || at_ >= target_.origins_.size();
    origins_.insert(origins_.end(), text_.size() - bytes,
                    inserted ? before() : target_.origins_[at_]);
  } else {
    append_utf8(text_, character);
  }
  for (std::int64_t i = change; i <= 0; ++i) take_character();
}

void TextEditor::insert(std::string_view text) {
  text_ += text;
  if (target_.aligned_) origins_.insert(origins_.end(), text.size(), before());
}

void TextEditor::replace(std::string_view text, std::size_t old_bytes) {
  text_ += text;
  if (target_.aligned_)
    origins_.insert(origins_.end(), text.size(), target_.origin({at_, at_ + old_bytes}));
  at_ += old_bytes;
}

void TextEditor::finish() {
  target_.text_ = std::move(text_);
  target_.origins_ = std::move(origins_);
}

}  // namespace trainbus
