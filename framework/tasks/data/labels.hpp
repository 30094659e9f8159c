// The classes of a task: their values in the data and their words in a prompt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"

namespace trainbus::tasks {

// Its index in the list is the class that examples and scores use.
struct Label {
  std::string value;  // in the data's label column: "rotten"
  std::string word;   // the continuation to predict: " Negative"; empty without prompts
};

// Parses the `labels` option:
//
//     rotten: Negative|fresh: Positive        two classes, 0 is rotten with the word " Negative"
//
// Labels are separated by '|'. The text before a label's first ':' is the value, without blanks
// around it; everything after it is the word, including its leading blank, since for most
// tokenizers " Negative" and "Negative" (written rotten:Negative) are different tokens. No
// quotation marks are needed in a run file; a shell needs them around the whole. Escapes: \n \t
// \\ \| \: \" and "\ ", a blank where one is dropped or refused.
//
// Throws UsageError for fewer than two labels, an empty or doubled value or word, a word that ends
// in a blank (a likely mistake: "rotten: Negative | fresh: …"), unescaped quotation marks and
// unknown escapes. where: the option, for messages.
TRAINBUS_EXPORT std::vector<Label> parse_labels(std::string_view text,
                                                std::string_view where = "--task.labels");

// Parses the `labels` option of text classification, values only:
//
//     rotten|fresh                            two classes, 0 is rotten
//
// Blanks around a value are dropped; a colon is part of it. Escapes and errors as above.
TRAINBUS_EXPORT std::vector<Label> parse_class_names(std::string_view text,
                                                     std::string_view where = "--task.labels");

// The inverse of parse_class_names.
TRAINBUS_EXPORT std::string format_class_names(const std::vector<std::string>& names);

// How a value of the data differs from a label that almost equals it: "in another case", "with
// other blanks: …", "in another spelling of the number", "in other code points: …"; empty if it is
// a different value.
TRAINBUS_EXPORT std::string likeness(std::string_view value, std::string_view label);

}  // namespace trainbus::tasks
