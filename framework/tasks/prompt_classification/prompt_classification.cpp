#include "tasks/prompt_classification/prompt_classification.hpp"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <unordered_set>

#include "core/io/error.hpp"
#include "tasks/data/message_text.hpp"
#include "tasks/data/table.hpp"
#include "tasks/data/text_file.hpp"
#include "tasks/prompt_classification/prompt_template.hpp"

namespace trainbus::tasks {
namespace {

// The columns of a table that the task needs.
struct Columns {
  Columns(const Table& table, const PromptClassificationOptions& options,
          const PromptTemplate& prompt)
      : text(table.column(options.text_column, "--task.text-column")),
        label(table.column(options.label_column, "--task.label-column")),
        group(options.group_column.empty()
                  ? text
                  : table.column(options.group_column, "--task.group-column")) {
    pieces = template_columns(table, prompt, "--task.template");
  }
  std::size_t text, label, group;
  std::vector<std::size_t> pieces;  // for each piece of the template that names a column
};

class Loader {
 public:
  Loader(const PromptClassificationOptions& options, Fractions fractions)
      : options_(options),
        fractions_(fractions),
        template_(parse_prompt_template(options.prompt_template, options.text_column,
                                        options.template_place)) {
    data_.labels = options.words ? parse_labels(options.labels, options.labels_place)
                                 : parse_class_names(options.labels, options.labels_place);
    label_rows_.resize(data_.labels.size());
    for (PartReport& part : data_.parts) part.per_label.resize(data_.labels.size());
  }

  // part: of all rows; none: chosen by each row's group.
  void read(const std::filesystem::path& file, std::optional<Part> part) {
    const Table table = read_table(file, {options_.format, options_.separator});
    const Columns columns(table, options_, template_);
    file_ = std::make_shared<const std::string>(table.name());
    data_.sources.push_back({table.name(), table.row_count()});
    for (std::size_t row = 0; row < table.row_count(); ++row) take(table, columns, row, part);
    if (options_.sampling.is_used()) draw(part);
    if (part && data_.sources.back().kept == 0)
      throw UsageError(
          "none of " + counted(table.row_count(), "row") + " has text and a listed label",
          table.name(), "Check label-column, text-column and labels.");
  }

  Dataset finish() {
    check_labels_seen();
    for (std::size_t i = 0; i < groups_.size(); ++i) data_.parts[i].groups = groups_[i].size();
    check_not_empty(Part::Train, "training", true);
    check_not_empty(Part::Validation, "validation", fractions_.validation > 0);
    check_not_empty(Part::Test, "test", fractions_.test > 0);
    return std::move(data_);
  }

 private:
  void take(const Table& table, const Columns& columns, std::size_t row, std::optional<Part> part) {
    SourceReport& source = data_.sources.back();
    const std::string_view value = prepare_text(table.cell(row, columns.label));
    const auto label = std::find_if(data_.labels.begin(), data_.labels.end(),
                                    [&](const Label& l) { return l.value == value; });
    if (label == data_.labels.end()) {
      ++source.unlisted[std::string(value)];
      return;
    }
    const auto cell = [&](std::size_t piece) { return table.cell(row, columns.pieces[piece]); };
    Example example =
        make_example(template_, options_.text_column, cell, {file_.get(), table.line(row)});
    example.line = table.line(row);
    example.file = file_;
    example.label = static_cast<std::uint32_t>(label - data_.labels.begin());
    ++label_rows_[example.label];
    if (example.text_size == 0) {
      ++source.without_text;
    } else if (!options_.deduplicate || is_new(example, source)) {
      std::string_view group = prepare_text(table.cell(row, columns.group));
      if (group.empty()) group = prepare_text(table.cell(row, columns.text));
      keep(std::move(example), group, part);
    }
  }

  bool is_new(const Example& example, SourceReport& source) {
    const auto [earlier, inserted] = seen_.try_emplace(example.prompt, example.label);
    if (inserted) return true;
    ++source.duplicates;
    source.contradictions += earlier->second != example.label;
    return false;
  }

  void keep(Example example, std::string_view group, std::optional<Part> part) {
    if (options_.sampling.is_used())
      undrawn_.emplace_back(std::move(example), group);
    else
      place(std::move(example), group,
            part ? *part : part_of(group, fractions_.validation, fractions_.test));
  }

  // Places the examples of the current file that the sampling takes. part: of all of them; none:
  // training, and validation unless that has its own file.
  void draw(std::optional<Part> part) {
    const Sampling& sampling = options_.sampling;
    const auto count = static_cast<std::uint32_t>(undrawn_.size());
    const auto place_all = [&](const std::vector<std::uint32_t>& chosen, Part to) {
      for (const std::uint32_t i : chosen)
        place(std::move(undrawn_[i].first), undrawn_[i].second, to);
    };
    if (part) {
      const std::uint64_t asked = *part == Part::Test ? sampling.test : sampling.validation;
      place_all(sampled_parts(count, {.train = asked, .seed = sampling.seed}, true).train, *part);
    } else {
      const SampledParts parts = sampled_parts(count, sampling, !options_.validation_data.empty());
      place_all(parts.train, Part::Train);
      place_all(parts.validation, Part::Validation);
    }
    data_.sources.back().not_drawn = count - data_.sources.back().kept;
    undrawn_.clear();
  }

  void place(Example example, std::string_view group, Part part) {
    const auto index = static_cast<std::size_t>(part);
    ++data_.sources.back().kept;
    ++data_.parts[index].per_label[example.label];
    groups_[index].emplace(group);
    data_.part(part).push_back(std::move(example));
  }

  void check_labels_seen() const {
    const auto none = std::find(label_rows_.begin(), label_rows_.end(), 0u);
    if (none == label_rows_.end()) return;
    const Label& label = data_.labels[static_cast<std::size_t>(none - label_rows_.begin())];
    std::vector<std::string> others;
    for (const SourceReport& source : data_.sources)
      for (const auto& [value, count] : source.unlisted) others.push_back(value);
    std::string remedy = did_you_mean(label.value, others);
    for (const std::string& other : others)
      if (const std::string how = likeness(other, label.value); !how.empty())
        remedy = "The data has " + quote(other) + ", the label " + how +
                 ". Write the label as the data has it.";
    if (remedy.empty()) remedy = "Name by --task.labels only values that the column has.";
    throw UsageError("no row has the label " + quote(label.value) + " in column " +
                         quote(options_.label_column) +
                         (others.empty() ? "" : ", whose other values are " + quote_list(others)),
                     data_.sources.back().file, remedy);
  }

  void check_not_empty(Part part, std::string_view name, bool wanted) const {
    if (!wanted || data_.parts[static_cast<std::size_t>(part)].examples() > 0) return;
    throw UsageError(
        "nothing is left for the " + std::string(name) + " part; " +
            thousands(data_.sources.back().kept) + " of " +
            counted(data_.sources.back().rows, "row") + " were kept",
        data_.sources.back().file,
        "Change validation-fraction and test-fraction, give more groups, or give files "
        "of their own.");
  }

  const PromptClassificationOptions& options_;
  Fractions fractions_;
  PromptTemplate template_;
  Dataset data_;
  std::shared_ptr<const std::string> file_;              // the current file
  std::vector<std::size_t> label_rows_;                  // rows read, kept or not
  std::unordered_map<std::string, std::uint32_t> seen_;  // prompts and their labels
  std::array<std::unordered_set<std::string>, 3> groups_;
  std::vector<std::pair<Example, std::string>> undrawn_;  // of the current file, with their groups
};

}  // namespace

Fractions fractions_of(const PromptClassificationOptions& options) {
  if (!options.sampling.is_used()) {
    const Fractions fractions{
        part_fraction(options.validation_fraction, options.validation_data, "validation"),
        part_fraction(options.test_fraction, options.test_data, "test")};
    if (fractions.validation + fractions.test >= 1)
      throw UsageError("the fractions of validation and test leave nothing to train on",
                       "validation-fraction", "Their sum has to be below 1.");
    return fractions;
  }
  if (options.validation_fraction || options.test_fraction)
    throw UsageError("a fraction is given, and numbers of samples are", "--task.train-samples",
                     "Drop the fractions, or all of train-samples, validation-samples and "
                     "test-samples.");
  if (options.sampling.test > 0 && options.test_data.empty())
    throw UsageError("is given without a file to draw from", "--task.test-samples",
                     "Name the file by --task.test-data: the paper draws the test part from the "
                     "published validation file.");
  return {0, 0};
}

std::vector<Example>& Dataset::part(Part part) {
  return part == Part::Train ? train : part == Part::Validation ? validation : test;
}

Example make_example(const PromptTemplate& prompt, std::string_view text_column,
                     const std::function<std::string_view(std::size_t)>& value, RowPlace place) {
  Example example;
  for (std::size_t i = 0; i < prompt.pieces.size(); ++i) {
    const PromptTemplate::Piece& piece = prompt.pieces[i];
    if (piece.column.empty()) {
      example.prompt += piece.literal;
      continue;
    }
    const std::string text = filtered(value(i), piece.filters, {}, place);
    if (piece.column == text_column) {
      example.text_begin = example.prompt.size();
      example.text_size = text.size();
    }
    example.prompt += text;
  }
  return example;
}

std::string Example::place() const {
  return file ? at_line(*file, line) : "line " + std::to_string(line);
}

Dataset load_prompt_classification(const PromptClassificationOptions& options) {
  if (options.data.empty())
    throw UsageError("names no file", "data", "Give the file with the labelled text.");
  const Fractions fractions = fractions_of(options);
  Loader loader(options, fractions);
  if (!options.test_data.empty()) loader.read(options.test_data, Part::Test);
  if (!options.validation_data.empty()) loader.read(options.validation_data, Part::Validation);
  loader.read(options.data, std::nullopt);
  return loader.finish();
}

}  // namespace trainbus::tasks
