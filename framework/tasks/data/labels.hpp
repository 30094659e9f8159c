// The classes of a task: what the data calls them and which words stand for them in a prompt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"

namespace trainbus::tasks {

// Its index in the list is the class that examples and scores use.
struct Label {
  std::string value;  // in the data's label column: "rotten"
  std::string word;   // what the model is to say next: " Negative"; empty without prompts
};

// Parses the `labels` option:
//
//     rotten: Negative|fresh: Positive        two classes, 0 is rotten with the word " Negative"
//
// Labels are separated by '|'. What stands before a label's first ':' is the value, blanks around
// it dropped; all that stands after it is the word, its leading blank included, since most
// tokenizers make another token of " Negative" than of "Negative" (written rotten:Negative). No
// quotation marks are needed in a run file; a shell needs them around the whole. Escapes: \n \t
// \\ \| \: \" and "\ ", a blank where one is dropped or refused.
//
// Throws UsageError for fewer than two labels, an empty or doubled value or word, a word that ends
// in a blank (a slip: "rotten: Negative | fresh: …"), unescaped quotation marks and unknown
// escapes. where: the option, for messages.
TRAINBUS_EXPORT std::vector<Label> parse_labels(std::string_view text,
                                                std::string_view where = "--task.labels");

// Parses the `labels` option of text classification, values alone:
//
//     rotten|fresh                            two classes, 0 is rotten
//
// Blanks around a value are dropped; a colon is part of it. Escapes and refusals as above.
TRAINBUS_EXPORT std::vector<Label> parse_class_names(std::string_view text,
                                                     std::string_view where = "--task.labels");

// The text from which parse_class_names makes these.
TRAINBUS_EXPORT std::string format_class_names(const std::vector<std::string>& names);

// How a value of the data differs from a label that is written almost like it: "in another case",
// "with other blanks: …", "in another spelling of the number", "in other code points: …"; empty if
// it is quite another.
TRAINBUS_EXPORT std::string likeness(std::string_view value, std::string_view label);

}  // namespace trainbus::tasks
