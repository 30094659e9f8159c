#include "tasks/multiple_choice/choice_examples.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/io/error.hpp"
#include "tasks/data/message_text.hpp"
#include "tasks/data/text_file.hpp"
#include "text/unicode.hpp"

namespace trainbus::tasks {
namespace {

constexpr std::array<std::string_view, 2> of_choices = {"prompt", "option"};
constexpr std::array<std::string_view, 2> of_answers = {"prompt", "answer"};

// What a template of texts calls what comes behind the prompt.
std::string_view option_name(const ChoiceOptions& options) {
  return options.has_options() ? "option" : "answer";
}

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t end = std::min(text.find(at), text.size());
    parts.emplace_back(trimmed(text.substr(0, end)));
    if (end == text.size()) return parts;
    text.remove_prefix(end + 1);
  }
}

// The first of the columns that there is.
std::size_t first_column(const Table& table, const std::string& names) {
  const std::vector<std::string> columns = split(names, '|');
  for (const std::string& column : columns)
    if (table.find_column(column)) return table.column(column, "--task.answers-column");
  return table.column(columns.front(), "--task.answers-column");
}

// What both texts begin with, up to a blank or a line end, so that no word is torn.
std::string common_beginning(const std::string& a, const std::string& b) {
  const auto [here, there] = std::ranges::mismatch(a, b);
  const std::string common(a.begin(), here);
  return common.substr(0, common.find_last_of(" \n\t") + 1);
}

void check_one_source(const ChoiceOptions& options) {
  if (!options.has_options()) return;
  if (options.choices.empty() == options.rows.labels.empty())
    throw UsageError(
        options.choices.empty() ? "neither this nor --task.labels says which options "
                                  "a row has"
                                : "both this and --task.labels are given",
        "--task.choices",
        "Give --task.choices 'choice1|choice2' for columns with a row's own options, "
        "or a column with an array; or --task.labels '0:No|1:Yes' for the same options "
        "in every row.");
}

}  // namespace

void put_demonstrations(std::span<const ChoiceExample> demonstrations, ChoiceExample& example) {
  std::string before;
  for (const ChoiceExample& each : demonstrations)
    before.append(unicode::stripped(each.choices.texts.at(each.right.front()))).append("\n\n");
  example.choices.prompt.insert(0, before);
  for (std::string& text : example.choices.texts) text.insert(0, before);
}

std::string dialogue(std::span<const Message> messages) {
  if (messages.size() == 1) return messages.front().content;
  std::string text;
  for (const Message& message : messages) {
    std::string role = message.role;
    if (!role.empty() && role[0] >= 'a' && role[0] <= 'z') role[0] += 'A' - 'a';
    text += role + ": " + std::string(trimmed(message.content)) + "\n\n";
  }
  return messages.empty() ? text : text + "Assistant:";
}

std::string ChoiceExample::place() const { return RowPlace{file.get(), line}.text(); }

ChoiceReader::ChoiceReader(const Table& table, const ChoiceOptions& options)
    : table_(table),
      options_(options),
      file_(std::make_shared<const std::string>(table.name())),
      label_(options.has_pairs() ? 0
             : options.answers.empty()
                 ? table.column(options.rows.label_column, "--task.label-column")
                 : first_column(table, options.answers)) {
  check_one_source(options);
  if (options.has_pairs())
    choices_ = {table.column(options.chosen, "--task.chosen"),
                table.column(options.rejected, "--task.rejected")};
  else if (!options.answers.empty())
    ;  // they are the options
  else if (options.choices.empty())
    labels_ = parse_labels(options.rows.labels, options.rows.labels_place);
  else
    for (const std::string& column : split(options.choices, '|'))
      choices_.push_back(table.column(column, "--task.choices"));
  if (!options.has_pairs() || !options.rows.prompt_template.empty())
    prompt_ = bind(options.rows.prompt_template, options.rows.template_place, false);
  choice_ = bind(options.choice_template,
                 options.has_options() ? "--task.choice-template" : "--task.answer-template", true);
  if (!options.has_options()) return;
  calibration_ = bind(options.calibration_template, "--task.calibration-template", false);
  calibration_choice_ =
      bind(options.calibration_choice_template, "--task.calibration-choice-template", true);
}

ChoiceReader::Bound ChoiceReader::bind(const std::string& text, const std::string& where,
                                       bool of_choice) const {
  Bound bound{parse_template(text, where), {}};
  bound.columns = template_columns(table_, bound.form, where,
                                   !of_choice               ? std::span<const std::string_view>()
                                   : options_.has_options() ? std::span(of_choices)
                                                            : std::span(of_answers));
  return bound;
}

std::string ChoiceReader::fill(const Bound& bound, std::size_t row, std::string_view prompt,
                               std::string_view option) const {
  std::string out;
  for (std::size_t i = 0; i < bound.form.pieces.size(); ++i) {
    const PromptTemplate::Piece& piece = bound.form.pieces[i];
    const bool of_choice = &bound == &choice_ || &bound == &calibration_choice_;
    if (piece.column.empty())
      out += piece.literal;
    else if (of_choice && piece.column == "prompt" && piece.filters.empty())
      out += prompt;
    else
      out += filtered(of_choice && piece.column == "prompt" ? prompt
                      : of_choice && piece.column == option_name(options_)
                          ? option
                          : std::string_view(text_of(row, bound.columns[i])),
                      piece.filters, option, {file_.get(), table_.line(row)});
  }
  return out;
}

ChoiceTexts ChoiceReader::texts(const Bound& prompt, const Bound& choice, std::size_t row,
                                const std::vector<std::string>& options) const {
  ChoiceTexts made{fill(prompt, row, {}, {}), {}};
  for (const std::string& option : options)
    made.texts.push_back(fill(choice, row, made.prompt, option));
  return made;
}

std::vector<std::string> ChoiceReader::options_of(std::size_t row) const {
  std::vector<std::string> options;
  for (const Label& label : labels_) options.push_back(label.word);
  if (!labels_.empty()) return options;
  if (choices_.size() == 1) {
    options = table_.list(row, choices_.front());
  } else {
    for (const std::size_t column : choices_) options.emplace_back(table_.cell(row, column));
  }
  if (options.empty())
    throw UsageError("the row has no options", RowPlace{file_.get(), table_.line(row)}.text(),
                     "Give it at least one, or remove it.");
  return options;
}

std::vector<std::uint32_t> ChoiceReader::right_of(std::size_t row,
                                                  const std::vector<std::string>& options) const {
  if (!labels_.empty()) {
    const std::string_view value = prepare_text(table_.cell(row, label_));
    const auto found = std::ranges::find(labels_, value, &Label::value);
    if (found == labels_.end()) return {};
    return {static_cast<std::uint32_t>(found - labels_.begin())};
  }
  if (!options_.label_is_text) {
    const std::string_view text = prepare_text(table_.cell(row, label_));
    std::uint32_t index = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), index);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    if (!whole || index >= options.size()) return {};
    return {index};
  }
  std::vector<std::uint32_t> right;
  for (const std::string& answer : answers_of(row))
    if (const auto found = std::ranges::find(options, answer); found != options.end())
      right.push_back(static_cast<std::uint32_t>(found - options.begin()));
  return right;
}

std::vector<std::string> ChoiceReader::answers_of(std::size_t row) const {
  if (table_.is_list(row, label_)) return table_.list(row, label_);
  return {std::string(table_.cell(row, label_))};
}

std::optional<ChoiceExample> ChoiceReader::example(std::size_t row) const {
  if (!options_.answers.empty()) return answered(row);
  if (options_.has_pairs()) return paired(row);
  const std::vector<std::string> options = options_of(row);
  ChoiceExample example{.right = right_of(row, options), .line = table_.line(row), .file = file_};
  if (example.right.empty()) return std::nullopt;
  example.choices = texts(prompt_, choice_, row, options);
  example.calibration = texts(calibration_, calibration_choice_, row, options);
  return example;
}

std::optional<ChoiceExample> ChoiceReader::answered(std::size_t row) const {
  ChoiceExample example{.right = {0}, .line = table_.line(row), .file = file_};
  for (std::string& answer : answers_of(row))
    if (!prepare_text(answer).empty()) example.references.push_back(std::move(answer));
  if (example.references.empty()) return std::nullopt;
  example.choices = texts(prompt_, choice_, row, {example.references.front()});
  return example;
}

std::optional<ChoiceExample> ChoiceReader::paired(std::size_t row) const {
  std::vector<std::string> answers;
  for (const std::size_t column : choices_)
    answers.push_back(table_.is_messages(row, column) ? table_.messages(row, column).back().content
                                                      : std::string(table_.cell(row, column)));
  const auto is_blank = [](const std::string& answer) { return prepare_text(answer).empty(); };
  if (answers[0] == answers[1] || std::ranges::any_of(answers, is_blank)) return std::nullopt;
  ChoiceExample example{.right = {0}, .line = table_.line(row), .file = file_};
  if (!prompt_.form.pieces.empty()) {
    example.choices = texts(prompt_, choice_, row, answers);
  } else if (table_.is_messages(row, choices_.front())) {
    const std::vector<Message> messages = table_.messages(row, choices_.front());
    example.choices.prompt = dialogue(std::span(messages).first(messages.size() - 1));
    for (const std::string& answer : answers)
      example.choices.texts.push_back(fill(choice_, row, example.choices.prompt, answer));
  } else {
    example.choices = {common_beginning(answers[0], answers[1]), answers};
  }
  return example;
}

std::string ChoiceReader::text_of(std::size_t row, std::size_t column) const {
  if (table_.is_messages(row, column)) return dialogue(table_.messages(row, column));
  return std::string(table_.cell(row, column));
}

std::string ChoiceReader::label(std::size_t row) const {
  if (options_.has_pairs()) return {};
  if (!table_.is_list(row, label_)) return std::string(prepare_text(table_.cell(row, label_)));
  const std::vector<std::string> answers = table_.list(row, label_);
  return answers.empty() ? "" : answers.front();
}

}  // namespace trainbus::tasks
