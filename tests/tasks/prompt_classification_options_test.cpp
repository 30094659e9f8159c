#include <boost/test/unit_test.hpp>

#include "tasks/prompt_classification/prompt_classification.hpp"
#include "tasks/prompt_classification/task.hpp"
#include "tasks/refusal.hpp"

using namespace trainbus::tasks;

BOOST_AUTO_TEST_SUITE(prompt_classification_options_)

BOOST_AUTO_TEST_CASE(the_schemas_defaults_are_those_of_the_struct) {
  const PromptClassificationOptions from_schema = prompt_classification_options(
      trainbus::OptionValues("task", PromptClassification::options()));
  const PromptClassificationOptions from_struct;
  BOOST_TEST(from_schema.data == from_struct.data);
  BOOST_TEST(from_schema.validation_data == from_struct.validation_data);
  BOOST_TEST(from_schema.test_data == from_struct.test_data);
  BOOST_TEST(from_schema.format == from_struct.format);
  BOOST_TEST(from_schema.separator == from_struct.separator);
  BOOST_TEST(from_schema.text_column == from_struct.text_column);
  BOOST_TEST(from_schema.label_column == from_struct.label_column);
  BOOST_TEST(from_schema.group_column == from_struct.group_column);
  BOOST_TEST(from_schema.labels == from_struct.labels);
  BOOST_TEST(from_schema.prompt_template == from_struct.prompt_template);
  BOOST_TEST(from_schema.deduplicate == from_struct.deduplicate);
  BOOST_TEST(!from_schema.validation_fraction.has_value());
  BOOST_TEST(!from_schema.test_fraction.has_value());
}

BOOST_AUTO_TEST_CASE(given_values_reach_the_task_blanks_included) {
  trainbus::OptionValues values("task", PromptClassification::options());
  values.set("data", "r.csv", "command line");
  values.set("labels", "a: x|b: y", "command line");
  values.set("template", "{text}\nMood:", "command line");
  values.set("deduplicate", "no", "command line");
  values.set("test-fraction", "0.25", "command line");
  const PromptClassificationOptions options = prompt_classification_options(values);
  BOOST_TEST(options.data == "r.csv");
  BOOST_TEST(options.labels == "a: x|b: y");
  BOOST_TEST(options.prompt_template == "{text}\nMood:");
  BOOST_TEST(!options.deduplicate);
  BOOST_TEST(options.test_fraction.value() == 0.25);
  BOOST_TEST(!options.validation_fraction.has_value());
}

BOOST_AUTO_TEST_CASE(values_out_of_range_are_refused) {
  trainbus::OptionValues values("task", PromptClassification::options());
  using trainbus::testing::refusal;
  BOOST_TEST(!refusal([&] { values.set("test-fraction", "1", "x"); }).empty());
  BOOST_TEST(!refusal([&] { values.set("format", "xml", "x"); }).empty());
}

BOOST_AUTO_TEST_SUITE_END()
