#include "tasks/data/labels.hpp"

#include "core/io/error.hpp"
#include "tasks/data/escape.hpp"
#include "tasks/data/message_text.hpp"

namespace trainbus::tasks {
namespace {

constexpr std::string_view with_words = "Write for example rotten: Negative|fresh: Positive.";
constexpr std::string_view without_words = "Write for example rotten|fresh.";

// One side of the colon: the unescaped text, and up to where blanks are kept.
struct Field {
  std::string text;
  std::size_t meant = 0;  // blanks before this length were escaped and are kept

  void add(char c) { text += c; }
  void add_escaped(char c) {
    text += c;
    meant = text.size();
  }
  bool ends_in_blank() const { return text.size() > meant && text.ends_with(' '); }
  void drop_blanks() {
    while (ends_in_blank()) text.pop_back();
  }
};

class LabelsReader {
 public:
  LabelsReader(std::string_view text, bool words, std::string_view where)
      : text_(text), words_(words), where_(where) {}

  std::vector<Label> read() {
    for (; at_ < text_.size(); ++at_) take(text_[at_]);
    finish();
    return std::move(labels_);
  }

 private:
  void take(char c) {
    Field& field = after_colon_ ? word_ : value_;
    if (c == '|') {
      finish();
    } else if (c == ':' && words_ && !after_colon_) {
      after_colon_ = true;
    } else if (c == '"') {
      throw UsageError("found a quotation mark", where_,
                       "The word is everything after the colon, its leading blank included; "
                       "write \\\" for a quotation mark.");
    } else if (c == '\\') {
      field.add_escaped(read_escape(text_, at_, "|:\" ", where_));
    } else if (c != ' ' || after_colon_ || !field.text.empty()) {
      field.add(c);
    }
  }

  void finish() {
    const std::string name = "label " + std::to_string(labels_.size() + 1);
    if (words_ && !after_colon_) throw UsageError(name + " has no colon", where_, with_words);
    value_.drop_blanks();
    if (value_.text.empty())
      throw UsageError(name + " has no value", where_, words_ ? with_words : without_words);
    if (words_ && trimmed(word_.text).empty())
      throw UsageError(name + " has no word", where_, with_words);
    if (word_.ends_in_blank())
      throw UsageError("the word " + quote(word_.text) + " ends in a blank", where_,
                       "Put no blank before '|'; write \"\\ \" where a blank is meant.");
    labels_.push_back({std::move(value_.text), std::move(word_.text)});
    value_ = word_ = {};
    after_colon_ = false;
  }

  std::string_view text_;
  bool words_;
  std::string_view where_;
  std::size_t at_ = 0;
  bool after_colon_ = false;
  Field value_, word_;
  std::vector<Label> labels_;
};

std::vector<Label> parse(std::string_view text, bool words, std::string_view where) {
  std::vector<Label> labels = LabelsReader(text, words, where).read();
  if (labels.size() < 2)
    throw UsageError("found one label, classification needs two or more", where,
                     words ? with_words : without_words);
  for (std::size_t i = 0; i < labels.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      if (labels[i].value == labels[j].value)
        throw UsageError("the value " + quote(labels[i].value) + " is listed twice", where,
                         words ? "Give each value one word." : "Name each value once.");
      if (words && labels[i].word == labels[j].word)
        throw UsageError("the word " + quote(labels[i].word) + " stands for both " +
                             quote(labels[j].value) + " and " + quote(labels[i].value),
                         where, "Give each label a word of its own.");
    }
  return labels;
}

}  // namespace

std::vector<Label> parse_labels(std::string_view text, std::string_view where) {
  return parse(text, true, where);
}
std::vector<Label> parse_class_names(std::string_view text, std::string_view where) {
  return parse(text, false, where);
}

std::string format_class_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    if (!text.empty()) text += '|';
    for (std::size_t i = 0; i < name.size(); ++i) {
      const char c = name[i];
      const bool outer_blank = c == ' ' && (i == 0 || i + 1 == name.size());
      if (c == '|' || c == '"' || c == '\\' || outer_blank) text += '\\';
      if (c == '\n' || c == '\t')
        text += c == '\n' ? "\\n" : "\\t";
      else
        text += c;
    }
  }
  return text;
}

}  // namespace trainbus::tasks
