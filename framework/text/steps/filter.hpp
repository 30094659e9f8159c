// Changes of a text character by character. Internal to the tokenizer's normalisers.
#pragma once

#include "text/steps/aligned_text.hpp"
#include "text/steps/characters.hpp"

namespace trainbus {

// A kept character does not inherit from the dropped ones behind it.
template <class Drops>
void drop_characters(AlignedText& text, Drops drops) {
  TextEditor editor(text);
  each_character(text.text(), [&](char32_t c, std::size_t begin, std::size_t end) {
    if (!drops(c)) return;
    editor.keep_until(begin);
    editor.drop_until(end);
  });
  editor.keep_until(text.text().size());
  editor.finish();
}

template <class Change>
void map_characters(AlignedText& text, Change change) {
  TextEditor editor(text);
  each_character(text.text(),
                 [&](char32_t c, std::size_t, std::size_t) { editor.put(change(c), 0); });
  editor.finish();
}

inline void lower_characters(AlignedText& text) {
  TextEditor editor(text);
  each_character(text.text(), [&](char32_t c, std::size_t, std::size_t) {
    char32_t room[2];
    std::int64_t change = 0;
    for (const char32_t part : lower_case(c, room)) editor.put(part, change++);
  });
  editor.finish();
}

}  // namespace trainbus
