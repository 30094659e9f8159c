// A text that is changed step by step, together with the part of the original that each of its
// bytes came from. Internal to the tokenizer's steps.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace trainbus {

struct ByteRange {
  std::size_t begin, end;
};

// Valid UTF-8 at all times. One thread.
class AlignedText {
 public:
  struct Origin {
    std::uint32_t begin, end;  // bytes of the original
  };

  // begin: where the text stands in the original. aligned: whether origins are kept, at 8 bytes for
  // each byte of the text; without, only the text is.
  AlignedText(std::string_view text, std::size_t begin, bool aligned);

  std::string_view text() const { return text_; }
  bool empty() const { return text_.empty(); }
  bool aligned() const { return aligned_; }
  // Of a part, which must not be empty; only if aligned.
  Origin origin(ByteRange part) const {
    return {origins_[part.begin].begin, origins_[part.end - 1].end};
  }
  // Where the first byte stands in the original; if not aligned, where it stood at first.
  std::size_t first_origin() const { return origins_.empty() ? begin_ : origins_[0].begin; }

  AlignedText slice(ByteRange part) const;

 private:
  friend class TextEditor;
  std::string text_;
  std::vector<Origin> origins_;  // by byte; empty: not aligned
  std::size_t begin_;
  bool aligned_;
};

// Writes the changed text from left to right. The rules by which origins are inherited are those of
// Hugging Face's NormalizedString, whose offsets users compare with.
class TextEditor {
 public:
  explicit TextEditor(AlignedText& text);

  // Copies what comes before `end`, a byte of the old text.
  void keep_until(std::size_t end);
  // Drops what comes before `end`.
  void drop_until(std::size_t end) { at_ = end; }
  // A new character. change > 0: it is inserted and inherits from what stands before it in the old
  // text; else it replaces the next character of the old text and the -change ones behind it.
  void put(char32_t character, std::int64_t change);
  // Inserts these, as by put with a positive change.
  void insert(std::string_view text);
  // A new text for the next `old_bytes` bytes of the old one; each new byte comes from all of them.
  void replace(std::string_view text, std::size_t old_bytes);
  // Of what was written so far.
  std::size_t size() const { return text_.size(); }
  // Ends the work; what was not kept is gone.
  void finish();

 private:
  AlignedText::Origin before() const;
  void take_character();

  AlignedText& target_;
  std::string text_;
  std::vector<AlignedText::Origin> origins_;
  std::size_t at_ = 0;  // in the old text
};

}  // namespace trainbus
