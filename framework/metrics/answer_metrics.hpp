// Metrics of answers in words: exact match and F1 as SQuAD defines them (arXiv 1606.05250, section
// 6.1; evaluate-v1.1.py), with the exceptions of MeZO's code (arXiv 2305.17333). Texts are UTF-8;
// an invalid part, as a model can generate it, counts as U+FFFD.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "core/export.hpp"

namespace trainbus::metrics {

// What two answers are compared by: lower case, without ASCII punctuation, without the whole words
// "a", "an" and "the", with one blank between words and none around them. Case, words and white
// space are Unicode's, as in Python: "the日" is one word, U+2028 separates two.
TRAINBUS_EXPORT std::string normalized_answer(std::string_view text);

// Whether the prediction is any of the answers, both normalized. False without answers.
TRAINBUS_EXPORT bool exact_match(std::string_view prediction, std::span<const std::string> answers);

// The greatest F1 of any answer, in [0, 1]; 0 without answers. With n words in common, each as
// often as in both, precision p = n / words of the prediction and recall r = n / words of the
// answer: F1 = 2 p r / (p + r), 0 for n = 0, also where both texts are empty (SQuAD 2's script says
// 1). If the first answer is "CANNOTANSWER" or "no answer", only the same normalized text counts,
// as 1.
TRAINBUS_EXPORT double answer_f1(std::string_view prediction, std::span<const std::string> answers);

}  // namespace trainbus::metrics
