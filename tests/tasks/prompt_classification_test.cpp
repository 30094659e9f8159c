#include "tasks/prompt_classification/prompt_classification.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "support/test_paths.hpp"
#include "tasks/refusal.hpp"

using namespace trainbus::tasks;
using trainbus::testing::contains;
using trainbus::testing::refusal;

namespace {

const std::filesystem::path data = TRAINBUS_TEST_DATA "/tasks";

PromptClassificationOptions reviews() {
  return {.data = data / "reviews.csv",
          .label_column = "category",
          .group_column = "movie_name",
          .labels = "rotten: Negative|fresh: Positive",
          .prompt_template = "Review: {text}\\nSentiment:",
          .validation_fraction = 0.2,
          .test_fraction = 0.2};
}

std::string load_refusal(const PromptClassificationOptions& options) {
  return refusal([&] { load_prompt_classification(options); });
}

const Example& example_of_line(const std::vector<Example>& examples, std::uint64_t line) {
  const auto found = std::find_if(examples.begin(), examples.end(),
                                  [&](const Example& e) { return e.line == line; });
  BOOST_TEST_REQUIRE((found != examples.end()));
  return *found;
}

// The prompts of each part, sorted.
std::map<Part, std::multiset<std::string>> prompts_by_part(Dataset& dataset) {
  std::map<Part, std::multiset<std::string>> prompts;
  for (const Part part : {Part::Train, Part::Validation, Part::Test})
    for (const Example& example : dataset.part(part)) prompts[part].insert(example.prompt);
  return prompts;
}

// A CSV of its own with the given rows below "text,label,group".
struct Rows {
  trainbus::testing::ScratchFolder folder;
  PromptClassificationOptions options;

  explicit Rows(const std::string& rows) {
    std::ofstream(folder / "rows.csv") << "text,label,group\n" << rows;
    options = {.data = folder / "rows.csv",
               .labels = "0: no|1: yes",
               .prompt_template = "{text}",
               .validation_fraction = 0.0,
               .test_fraction = 0.0};
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(prompt_classification)

BOOST_AUTO_TEST_CASE(a_row_becomes_a_prompt_whose_text_can_be_found_again) {
  auto options = reviews();
  options.validation_fraction = options.test_fraction = 0;
  const Dataset dataset = load_prompt_classification(options);
  const Example& example = example_of_line(dataset.train, 3);
  BOOST_TEST(example.prompt == "Review: Dull\nand long\nSentiment:");
  BOOST_TEST(example.prompt.substr(example.text_begin, example.text_size) == "Dull\nand long");
  BOOST_TEST(example.label == 0u);
  BOOST_TEST(example_of_line(dataset.train, 2).label == 1u);
}

BOOST_AUTO_TEST_CASE(every_row_is_kept_or_counted_with_its_reason) {
  const Dataset dataset = load_prompt_classification(reviews());
  BOOST_TEST_REQUIRE(dataset.sources.size() == 1u);
  const SourceReport& source = dataset.sources[0];
  BOOST_TEST(source.rows == 60u);
  BOOST_TEST(source.unlisted.size() == 2u);
  BOOST_TEST(source.unlisted.at("plot") == 1u);
  BOOST_TEST(source.unlisted.at("") == 1u);
  BOOST_TEST(source.without_text == 1u);
  BOOST_TEST(source.duplicates == 2u);      // " A gripping…" once trimmed, and "Flat"
  BOOST_TEST(source.contradictions == 1u);  // "Flat" is rotten and fresh
  BOOST_TEST(source.kept == 55u);
  BOOST_TEST(dataset.train.size() + dataset.validation.size() + dataset.test.size() == 55u);
}

BOOST_AUTO_TEST_CASE(duplicates_stay_if_asked_for) {
  auto options = reviews();
  options.deduplicate = false;
  const Dataset dataset = load_prompt_classification(options);
  BOOST_TEST(dataset.sources[0].duplicates == 0u);
  BOOST_TEST(dataset.sources[0].kept == 57u);
}

BOOST_AUTO_TEST_CASE(reports_count_what_the_parts_hold) {
  Dataset dataset = load_prompt_classification(reviews());
  std::size_t groups = 0;
  for (const Part part : {Part::Train, Part::Validation, Part::Test}) {
    const PartReport& report = dataset.parts[static_cast<std::size_t>(part)];
    BOOST_TEST(report.examples() == dataset.part(part).size());
    const auto positives = std::count_if(dataset.part(part).begin(), dataset.part(part).end(),
                                         [](const Example& e) { return e.label == 1; });
    BOOST_TEST(report.per_label[1] == static_cast<std::size_t>(positives));
    BOOST_TEST(report.examples() > 0u);
    groups += report.groups;
  }
  BOOST_TEST(groups == 24u);
}

BOOST_AUTO_TEST_CASE(the_majority_share_is_that_of_the_most_frequent_label) {
  BOOST_TEST((PartReport{1, {1, 3, 0}}.majority_share()) == 0.75);
  BOOST_TEST(std::isnan(PartReport{0, {0, 0}}.majority_share()));
}

BOOST_AUTO_TEST_CASE(no_group_is_on_two_sides) {
  Dataset dataset = load_prompt_classification(reviews());
  std::map<std::string, std::set<Part>> sides;
  for (const auto& [part, prompts] : prompts_by_part(dataset))
    for (const std::string& prompt : prompts)
      if (const auto of = prompt.find(" of "); of != std::string::npos)
        sides[prompt.substr(of + 4, prompt.find_first_of(",:\n", of) - of - 4)].insert(part);
  BOOST_TEST(sides.size() == 22u);
  for (const auto& [group, parts] : sides) BOOST_TEST(parts.size() == 1u, group);
}

BOOST_AUTO_TEST_CASE(the_split_does_not_depend_on_the_order_of_rows) {
  trainbus::testing::ScratchFolder folder;
  std::ifstream in(data / "reviews.csv");
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);)
    if (contains(line, "Review ") || lines.empty()) lines.push_back(line);
  const auto load = [&](const char* name) {
    std::ofstream out(folder / name);
    for (const std::string& line : lines) out << line << '\n';
    out.close();
    auto options = reviews();
    options.data = folder / name;
    return load_prompt_classification(options);
  };
  Dataset forward = load("forward.csv");
  std::reverse(lines.begin() + 1, lines.end());
  Dataset backward = load("backward.csv");
  BOOST_TEST((prompts_by_part(forward) == prompts_by_part(backward)));
  BOOST_TEST(forward.train.front().prompt == backward.train.back().prompt);
}

BOOST_AUTO_TEST_CASE(another_validation_fraction_leaves_the_test_part_as_it_is) {
  auto options = reviews();
  Dataset before = load_prompt_classification(options);
  options.validation_fraction = 0.4;
  Dataset after = load_prompt_classification(options);
  BOOST_TEST(after.validation.size() > before.validation.size());
  BOOST_TEST((prompts_by_part(before)[Part::Test] == prompts_by_part(after)[Part::Test]));
}

BOOST_AUTO_TEST_CASE(without_a_group_column_equal_texts_stay_together) {
  std::string rows;
  for (int i = 0; i < 40; ++i)
    for (const char* label : {"0", "1"}) rows += "text " + std::to_string(i) + ',' + label + ",\n";
  Rows file(rows);
  file.options.deduplicate = false;
  file.options.test_fraction = 0.5;
  const Dataset dataset = load_prompt_classification(file.options);
  BOOST_TEST(dataset.train.size() + dataset.test.size() == 80u);
  std::set<std::string> tested;
  for (const Example& example : dataset.test) tested.insert(example.prompt);
  BOOST_TEST(dataset.test.size() == 2 * tested.size());
  BOOST_TEST(dataset.parts[static_cast<std::size_t>(Part::Test)].groups == tested.size());
}

BOOST_AUTO_TEST_CASE(rows_with_an_empty_group_go_by_their_text) {
  std::string rows;
  for (int i = 0; i < 40; ++i) rows += "text " + std::to_string(i) + ',' + "01"[i % 2] + ", \n";
  Rows file(rows);
  file.options.group_column = "group";
  file.options.test_fraction = 0.5;
  const Dataset dataset = load_prompt_classification(file.options);
  BOOST_TEST(dataset.test.size() > 8u);
  BOOST_TEST(dataset.train.size() > 8u);
}

BOOST_AUTO_TEST_CASE(files_of_their_own_are_taken_whole_and_not_trained_on) {
  auto options = reviews();
  options.test_data = data / "held_out.tsv";
  options.test_fraction.reset();
  const Dataset dataset = load_prompt_classification(options);
  BOOST_TEST_REQUIRE(dataset.sources.size() == 2u);
  BOOST_TEST(dataset.sources[0].kept == 2u);
  BOOST_TEST(dataset.test.size() == 2u);
  BOOST_TEST(dataset.sources[1].duplicates == 3u);  // both copies of "A gripping…" now, and "Flat"
  for (const Example& example : dataset.train) BOOST_TEST(!contains(example.prompt, "gripping"));
  BOOST_TEST(dataset.validation.size() > 0u);
}

BOOST_AUTO_TEST_CASE(a_template_may_use_several_columns_and_numbers_as_labels) {
  const Dataset dataset =
      load_prompt_classification({.data = data / "pairs.jsonl",
                                  .text_column = "premise",
                                  .labels = "0: No|1: Yes",
                                  .prompt_template = "{premise} So {hypothesis} True?",
                                  .validation_fraction = 0.0,
                                  .test_fraction = 0.0});
  BOOST_TEST_REQUIRE(dataset.train.size() == 3u);  // the fourth repeats the first
  BOOST_TEST(dataset.train[0].prompt == "It rains. So It is wet. True?");
  BOOST_TEST(dataset.train[2].prompt == "A dog runs. So It is dry. True?");
  BOOST_TEST(dataset.train[2].text_begin == 0u);
  BOOST_TEST(dataset.train[2].text_size == 11u);
  BOOST_TEST(dataset.parts[0].groups == 2u);
}

BOOST_AUTO_TEST_CASE(columns_that_are_not_there_are_refused_by_the_option_that_names_them) {
  auto options = reviews();
  options.prompt_template = "{text} ({yaer})";
  BOOST_TEST(contains(load_refusal(options),
                      "has no column \"yaer\", which --task.template names; its "
                      "columns are \"category\", \"text\", \"movie_name\""));
  options = reviews();
  options.group_column = "movie";
  BOOST_TEST(contains(load_refusal(options), "which --task.group-column names"));
  options = reviews();
  options.label_column = "label";
  BOOST_TEST(contains(load_refusal(options), "which --task.label-column names"));
  options = reviews();
  options.text_column = "txet";
  BOOST_TEST(contains(load_refusal(options), "which --task.text-column names"));
  BOOST_TEST(contains(load_refusal(options), "Did you mean 'text'?"));
}

BOOST_AUTO_TEST_CASE(a_label_that_no_row_has_is_refused_with_those_that_are_there) {
  auto options = reviews();
  options.labels = "rotten: Negative|frehs: Positive";
  const std::string words = load_refusal(options);
  BOOST_TEST(contains(words,
                      "no row has the label \"frehs\" in column \"category\", whose other "
                      "values are \"\", \"fresh\", \"plot\""));
  BOOST_TEST(contains(words, "Did you mean 'fresh'?"));
}

BOOST_AUTO_TEST_CASE(a_label_that_only_looks_like_a_value_is_refused_with_the_difference) {
  const auto with_label = [](const std::string& value, const std::string& label) {
    Rows file("a,0,\nb,\"" + value + "\",\n");
    file.options.labels = "0: no|" + label + ": yes";
    return load_refusal(file.options);
  };
  BOOST_TEST(
      contains(with_label("Good", "good"), "The data has \"Good\", the label in another case"));
  BOOST_TEST(contains(with_label("1.0", "1"), "the label in another spelling of the number"));
  BOOST_TEST(contains(with_label("True", "1"), "the label in another spelling of the truth value"));
  BOOST_TEST(contains(with_label("caf\xC3\xA9", "cafe\xCC\x81"),
                      "in other code points: caf<U+00e9>, not cafe<U+0301>"));
  BOOST_TEST(contains(with_label("very\xC2\xA0good", "very good"),
                      "with other blanks: very<U+00a0>good, not very good"));
}

BOOST_AUTO_TEST_CASE(an_unusable_value_is_refused_by_file_and_line_only_where_it_is_used) {
  trainbus::testing::ScratchFolder folder;
  std::ofstream(folder / "rows.jsonl") << "{\"text\":\"a\",\"label\":0,\"meta\":{\"id\":1}}\n"
                                       << "{\"text\":\"b\",\"label\":1,\"meta\":[1]}\n"
                                       << "{\"label\":1}\n{\"text\":\"c\",\"label\":null}\n";
  PromptClassificationOptions options{.data = folder / "rows.jsonl",
                                      .labels = "0: no|1: yes",
                                      .prompt_template = "{text}",
                                      .validation_fraction = 0.0,
                                      .test_fraction = 0.0};
  const Dataset dataset = load_prompt_classification(options);
  BOOST_TEST(dataset.train.size() == 2u);
  BOOST_TEST(dataset.sources[0].without_text == 1u);
  BOOST_TEST(dataset.sources[0].unlisted.at("") == 1u);
  BOOST_TEST(dataset.train[1].place() == (folder / "rows.jsonl").string() + ":2");
  options.prompt_template = "{text} {meta}";
  BOOST_TEST(contains(load_refusal(options), "rows.jsonl:1: the value of \"meta\" is an object"));
}

BOOST_AUTO_TEST_CASE(training_examples_of_one_label_are_refused_with_the_counts) {
  Rows file("a,0,\nb,0,\na,1,\nb,1,\n");
  const Dataset dataset = load_prompt_classification(file.options);
  BOOST_TEST(refusal([&] { check_training_labels(dataset); }) ==
             "--task.data: all training examples have one label (train: 0 2, 1 0; 2 rows dropped "
             "since an equal text with another label came before). Give training rows of two "
             "labels or more.");
}

BOOST_AUTO_TEST_CASE(a_label_without_a_training_example_is_named_with_the_counts) {
  trainbus::testing::ScratchFolder folder;
  std::ofstream(folder / "test.csv") << "text,label\nx,2\n";
  Rows file("a,0,\nb,1,\n");
  file.options.labels = "0: no|1: yes|2: perhaps";
  file.options.test_data = folder / "test.csv";
  file.options.test_fraction.reset();
  BOOST_TEST(check_training_labels(load_prompt_classification(file.options)) ==
             "no training example has the label \"2\" (train: 0 1, 1 1, 2 0; test: 0 0, 1 0, 2 1): "
             "the model does not learn to answer it");
  Rows both("a,0,\nb,1,\n");
  BOOST_TEST(check_training_labels(load_prompt_classification(both.options)) == "");
}

BOOST_AUTO_TEST_CASE(a_part_that_stays_empty_is_refused) {
  Rows file("a,0,g\nb,1,g\n");
  file.options.group_column = "group";
  file.options.test_fraction = 0.001;
  BOOST_TEST(contains(load_refusal(file.options),
                      "nothing is left for the test part; 2 of 2 rows were kept"));
  file.options.test_fraction = 0.998;
  file.options.validation_fraction = 0.0;
  BOOST_TEST(contains(load_refusal(file.options), "nothing is left for the training part"));
}

BOOST_AUTO_TEST_CASE(a_file_of_its_own_without_a_usable_row_is_refused) {
  auto options = reviews();
  Rows unlisted("a,2,g\nb,3,g\n");
  options.test_data = unlisted.options.data;
  options.test_fraction.reset();
  options.label_column = "label";
  options.group_column.clear();
  BOOST_TEST(contains(load_refusal(options),
                      "rows.csv: none of 2 rows has text and a listed label. Check label-column"));
}

BOOST_AUTO_TEST_CASE(fractions_that_cannot_be_are_refused) {
  auto options = reviews();
  for (const double bad : {-0.1, 1.0, 7.0, std::nan("")}) {
    options.test_fraction = bad;
    BOOST_TEST(contains(load_refusal(options), "test-fraction: found "));
  }
  options.test_fraction = 0.5;
  options.validation_fraction = 0.5;
  BOOST_TEST(contains(load_refusal(options), "leave nothing to train on"));
  options.validation_data = data / "held_out.tsv";
  BOOST_TEST(
      contains(load_refusal(options), "both validation-fraction and validation-data are given"));
  options = reviews();
  options.data.clear();
  BOOST_TEST(contains(load_refusal(options), "data: names no file"));
}

BOOST_AUTO_TEST_SUITE_END()
