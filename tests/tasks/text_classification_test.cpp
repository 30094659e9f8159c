#include "tasks/text_classification/text_classification.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "support/test_paths.hpp"
#include "tasks/prompt_classification/task.hpp"
#include "tasks/refusal.hpp"
#include "tasks/text_classification/task.hpp"

using namespace trainbus::tasks;
using trainbus::OptionValues;
using trainbus::testing::contains;
using trainbus::testing::refusal;

namespace {

OptionValues options_for(const std::filesystem::path& data, const std::string& labels) {
  OptionValues values("task", TextClassification::options());
  values.set("data", data.string(), "test");
  values.set("labels", labels, "test");
  values.set("validation-fraction", "0", "test");
  values.set("test-fraction", "0", "test");
  return values;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(text_classification)

BOOST_AUTO_TEST_CASE(it_has_the_options_of_prompt_classification_but_for_the_templates) {
  const auto texts = TextClassification::options();
  const auto prompts = PromptClassification::options();
  BOOST_TEST(texts.size() + 2 == prompts.size());
  BOOST_TEST(std::none_of(texts.begin(), texts.end(), [](const auto& option) {
    return option.name == "template" || option.name == "preset";
  }));
}

BOOST_AUTO_TEST_CASE(the_text_alone_is_read_and_labels_have_no_words) {
  const trainbus::testing::ScratchFolder folder;
  std::ofstream(folder / "rows.csv") << "text,label\n fine {film} ,good\nbad,poor\nbad,poor\n";
  const Dataset dataset = load_prompt_classification(
      text_classification_options(options_for(folder / "rows.csv", "poor|good")));
  BOOST_TEST_REQUIRE(dataset.train.size() == 2u);
  BOOST_TEST(dataset.train[0].prompt == "fine {film}");
  BOOST_TEST(dataset.train[0].label == 1u);
  BOOST_TEST(dataset.train[1].label == 0u);
  const std::string lines = summary(dataset);
  BOOST_TEST(contains(lines, "1 dropped: an equal text came before"));
  BOOST_TEST(!contains(lines, "words:"));
}

BOOST_AUTO_TEST_CASE(labels_of_the_other_task_are_no_values_of_the_data) {
  const trainbus::testing::ScratchFolder folder;
  std::ofstream(folder / "rows.csv") << "text,label\nfine,good\nbad,poor\n";
  const auto options = text_classification_options(
      options_for(folder / "rows.csv", "poor: Negative|good: Positive"));
  const std::string message = refusal([&] { load_prompt_classification(options); });
  BOOST_TEST(contains(message, "no row has the label \"poor: Negative\""));
  BOOST_TEST(contains(message, "Name by --task.labels only values that the column has."));
}

BOOST_AUTO_TEST_SUITE_END()
