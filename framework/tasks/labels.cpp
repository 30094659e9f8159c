#include "tasks/labels.hpp"

#include "core/error.hpp"
#include "tasks/escape.hpp"
#include "tasks/wording.hpp"

namespace trainbus::tasks {
namespace {

constexpr std::string_view option = "labels";
constexpr std::string_view example = "Write for example rotten: Negative|fresh: Positive.";

// One side of the colon as it is read: what is unescaped, and up to where blanks were meant.
struct Field {
  std::string text;
  std::size_t meant = 0;  // an escaped blank before this length is to stay

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
  explicit LabelsReader(std::string_view text) : text_(text) {}

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
    } else if (c == ':' && !after_colon_) {
      after_colon_ = true;
    } else if (c == '"') {
      throw UsageError("found a quotation mark", option,
                       "The word is all that stands after the colon, its leading blank included; "
                       "write \\\" for a quotation mark.");
    } else if (c == '\\') {
      field.add_escaped(read_escape(text_, at_, "|:\" ", option));
    } else if (c != ' ' || after_colon_ || !field.text.empty()) {
      field.add(c);
    }
  }

  void finish() {
    if (!after_colon_)
      throw UsageError("label " + std::to_string(labels_.size() + 1) + " has no colon", option,
                       example);
    value_.drop_blanks();
    if (value_.text.empty() || trimmed(word_.text).empty())
      throw UsageError("label " + std::to_string(labels_.size() + 1) + " has no " +
                           (value_.text.empty() ? "value" : "word"),
                       option, example);
    if (word_.ends_in_blank())
      throw UsageError("the word " + quote(word_.text) + " ends in a blank", option,
                       "Put no blank before '|'; write \"\\ \" where a blank is meant.");
    labels_.push_back({std::move(value_.text), std::move(word_.text)});
    value_ = word_ = {};
    after_colon_ = false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool after_colon_ = false;
  Field value_, word_;
  std::vector<Label> labels_;
};

}  // namespace

std::vector<Label> parse_labels(std::string_view text) {
  std::vector<Label> labels = LabelsReader(text).read();
  if (labels.size() < 2)
    throw UsageError("found one label, classification needs two or more", option, example);
  for (std::size_t i = 0; i < labels.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      if (labels[i].value == labels[j].value)
        throw UsageError("the value " + quote(labels[i].value) + " stands twice", option,
                         "Give each value one word.");
      if (labels[i].word == labels[j].word)
        throw UsageError("the word " + quote(labels[i].word) + " stands for both " +
                             quote(labels[j].value) + " and " + quote(labels[i].value),
                         option, "Give each label a word of its own.");
    }
  return labels;
}

}  // namespace trainbus::tasks
