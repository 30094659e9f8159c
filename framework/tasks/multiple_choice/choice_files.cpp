// Reads files of multiple-choice rows, and splits them.
#include <span>
#include <unordered_map>
#include <unordered_set>

#include "core/io/error.hpp"
#include "tasks/data/message_text.hpp"
#include "tasks/data/text_file.hpp"
#include "tasks/multiple_choice/choice_examples.hpp"

namespace trainbus::tasks {
namespace {

// A row's example, and the group that it is split by.
struct Grouped {
  ChoiceExample example;
  std::string group;
};

// All that an example asks, for finding repeated ones.
std::string question_of(const ChoiceExample& example) {
  std::string text = example.choices.prompt;
  for (const std::string& option : example.choices.texts) text.append(1, '\0').append(option);
  return text;
}

class Loader {
 public:
  explicit Loader(const ChoiceOptions& options)
      : options_(options), fractions_(fractions_of(options.rows)) {}

  ChoiceDataset load() {
    const PromptClassificationOptions& rows = options_.rows;
    if (!rows.test_data.empty()) take_all(read(rows.test_data), Part::Test);
    if (!rows.validation_data.empty()) take_all(read(rows.validation_data), Part::Validation);
    std::vector<Grouped> examples = read(rows.data);
    if (rows.sampling.is_used()) {
      const auto count = static_cast<std::uint32_t>(examples.size());
      const SampledParts parts = sampled_parts(count, rows.sampling, !rows.validation_data.empty());
      take(examples, parts.train, Part::Train);
      take(examples, parts.validation, Part::Validation);
      report_drawn(count);
    } else {
      for (Grouped& each : examples)
        part(part_of(each.group, fractions_.validation, fractions_.test))
            .push_back(std::move(each.example));
    }
    data_.has_answers = !options_.answers.empty();
    data_.has_pairs = options_.has_pairs();
    check_not_empty(data_.train, "training", true);
    check_not_empty(data_.validation, "validation", fractions_.validation > 0);
    check_not_empty(data_.test, "test", fractions_.test > 0);
    demonstrate();
    return std::move(data_);
  }

 private:
  std::vector<ChoiceExample>& part(Part part) {
    return part == Part::Train        ? data_.train
           : part == Part::Validation ? data_.validation
                                      : data_.test;
  }

  std::vector<Grouped> read(const std::filesystem::path& file) {
    const Table table = read_table(file, {options_.rows.format, options_.rows.separator});
    const ChoiceReader reader(table, options_);
    const std::string& by = options_.rows.group_column;
    const std::size_t group = by.empty() ? 0 : table.column(by, "--task.group-column");
    data_.sources.push_back({});
    SourceReport& source = data_.sources.back();
    source.file = table.name();
    source.rows = table.row_count();
    std::vector<Grouped> examples;
    for (std::size_t row = 0; row < table.row_count(); ++row) {
      std::optional<ChoiceExample> example = reader.example(row);
      if (!example) {
        ++source.unlisted[reader.label(row)];
      } else if (!options_.rows.deduplicate || is_new(*example, source)) {
        std::string key;
        if (!by.empty()) key = prepare_text(table.cell(row, group));
        if (key.empty()) key = example->choices.prompt;
        examples.push_back({std::move(*example), std::move(key)});
      }
    }
    source.kept = examples.size();
    if (examples.empty()) {
      const bool answers = !options_.answers.empty();
      throw UsageError("none of " + counted(source.rows, "row") + " has " +
                           (options_.has_pairs() ? "two different answers"
                            : answers            ? "an answer"
                                                 : "a right option"),
                       source.file,
                       options_.has_pairs() ? "Check --task.chosen and --task.rejected."
                       : answers            ? "Check --task.answers-column."
                                 : "Check --task.label-column, --task.label-kind and the options.");
    }
    return examples;
  }

  bool is_new(const ChoiceExample& example, SourceReport& source) {
    const auto [earlier, inserted] = seen_.try_emplace(question_of(example), example.right);
    if (inserted) return true;
    ++source.duplicates;
    source.contradictions += earlier->second != example.right;
    return false;
  }

  void take(std::vector<Grouped>& examples, const std::vector<std::uint32_t>& chosen, Part to) {
    for (const std::uint32_t i : chosen) part(to).push_back(std::move(examples[i].example));
    drawn_ += chosen.size();
  }

  // Of a file that is a part's own.
  void take_all(std::vector<Grouped> examples, Part to) {
    const Sampling& sampling = options_.rows.sampling;
    const auto count = static_cast<std::uint32_t>(examples.size());
    if (!sampling.is_used()) {
      for (Grouped& each : examples) part(to).push_back(std::move(each.example));
      return;
    }
    const std::uint64_t asked = to == Part::Test ? sampling.test : sampling.validation;
    take(examples, sampled_parts(count, {.train = asked, .seed = sampling.seed}, true).train, to);
    report_drawn(count);
  }

  void demonstrate() {
    const std::size_t count = options_.demonstrations;
    if (count > data_.train.size())
      throw UsageError("are " + std::to_string(count) + ", and there are " +
                           counted(data_.train.size(), "training example"),
                       "--task.demonstrations", "Give fewer.");
    const std::span<const ChoiceExample> shown = std::span(data_.train).first(count);
    for (std::vector<ChoiceExample>* examples : {&data_.validation, &data_.test})
      for (ChoiceExample& example : *examples) put_demonstrations(shown, example);
  }

  void report_drawn(std::size_t count) {
    data_.sources.back().kept = drawn_;
    data_.sources.back().not_drawn = count - drawn_;
    drawn_ = 0;
  }

  void check_not_empty(const std::vector<ChoiceExample>& examples, const char* name,
                       bool wanted) const {
    if (!wanted || !examples.empty()) return;
    throw UsageError("nothing is left for the " + std::string(name) + " part",
                     data_.sources.back().file,
                     "Change validation-fraction and test-fraction, or give files of their own.");
  }

  const ChoiceOptions& options_;
  Fractions fractions_;
  ChoiceDataset data_;
  std::size_t drawn_ = 0;  // of the current file
  std::unordered_map<std::string, std::vector<std::uint32_t>> seen_;
};

std::string part_line(const char* name, const std::vector<ChoiceExample>& examples,
                      bool has_pairs) {
  if (has_pairs) return std::string(name) + ": " + counted(examples.size(), "pair") + "\n";
  std::size_t least = examples.empty() ? 0 : SIZE_MAX, most = 0;
  for (const ChoiceExample& example : examples) {
    least = std::min(least, example.choices.texts.size());
    most = std::max(most, example.choices.texts.size());
  }
  const std::string count = std::string(name) + ": " + counted(examples.size(), "example");
  if (!examples.empty() && !examples.front().references.empty()) return count + "\n";
  return count + ", " +
         (least == most ? counted(most, "option")
                        : std::to_string(least) + " to " + counted(most, "option")) +
         " each\n";
}

}  // namespace

ChoiceDataset load_choices(const ChoiceOptions& options) {
  if (options.rows.data.empty())
    throw UsageError("names no file", "--task.data", "Give the file with the rows.");
  return Loader(options).load();
}

std::string summary(const ChoiceDataset& dataset) {
  std::string out;
  const auto dropped = [&](std::size_t count, const char* why) {
    if (count > 0) out += "  " + thousands(count) + " dropped: " + why + "\n";
  };
  for (const SourceReport& source : dataset.sources) {
    out += source.file + ": " + counted(source.rows, "row") + ", " + thousands(source.kept) +
           " kept\n";
    for (const auto& [label, count] : source.unlisted)
      dropped(count, dataset.has_answers ? "without an answer"
                     : dataset.has_pairs
                         ? "both answers are equal, or one is empty"
                         : ("no option is right by the label " + quote(label)).c_str());
    dropped(source.duplicates, "an equal row came before");
    dropped(source.not_drawn, "not among the samples that were drawn");
  }
  out += part_line("train", dataset.train, dataset.has_pairs);
  if (!dataset.validation.empty())
    out += part_line("validation", dataset.validation, dataset.has_pairs);
  if (!dataset.test.empty()) out += part_line("test", dataset.test, dataset.has_pairs);
  return out;
}

}  // namespace trainbus::tasks
