// Presets render the prompts of tasks.json byte for byte, and complete a task's options.
#include "tasks/templates/presets.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "support/vector_json.hpp"
#include "tasks/prompt_classification/prompt_classification.hpp"
#include "tasks/prompt_classification/task.hpp"
#include "tasks/refusal.hpp"

using namespace trainbus::tasks;
using trainbus::testing::contains;
using trainbus::testing::refusal;
using trainbus::testing::vector_json;

namespace {

std::string text_of(const boost::json::value& value) {
  if (value.is_string()) return std::string(value.as_string());
  return boost::json::serialize(value);
}

// What prompt classification makes of an example: its prompt, the texts with each word, the class.
void check_classification(const Preset::Section& section, const boost::json::value& rendered) {
  const boost::json::object& row = rendered.at("example").as_object();
  const std::string column(section.text("text-column"));
  const PromptTemplate prompt = parse_prompt_template(section.text("template"), column);
  std::vector<std::string> values;
  for (const auto& piece : prompt.pieces)
    values.push_back(piece.column.empty() ? "" : text_of(row.at(piece.column)));
  const Example example =
      make_example(prompt, column, [&](std::size_t i) { return std::string_view(values[i]); });
  BOOST_TEST(example.prompt == text_of(rendered.at("prompt")));
  const std::vector<Label> labels = parse_labels(section.text("labels"));
  const boost::json::array& full = rendered.at("full").as_array();
  BOOST_TEST_REQUIRE(labels.size() == full.size());
  for (std::size_t i = 0; i < labels.size(); ++i)
    BOOST_TEST(example.prompt + labels[i].word == text_of(full[i]));
  const std::string label = text_of(row.at(section.text("label-column")));
  const auto right = rendered.at("right").to_number<std::size_t>();
  BOOST_TEST(labels.at(right).value == label);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(presets_)

BOOST_AUTO_TEST_CASE(prompts_of_classification_are_the_published_ones) {
  const boost::json::value document = vector_json("tasks.json");
  if (document.is_null()) return;
  std::size_t compared = 0;
  for (const boost::json::value& rendered : document.at("rendered").as_array()) {
    const std::string dataset = text_of(rendered.at("dataset"));
    const auto version = rendered.at("version").to_number<int>();
    for (const Preset& preset : presets()) {
      if (preset.dataset != dataset || preset.version != version) continue;
      const Preset::Section* section = preset.section("prompt-classification");
      if (!section) continue;
      BOOST_TEST_CONTEXT(preset.name) check_classification(*section, rendered);
      ++compared;
    }
  }
  BOOST_TEST(compared > 0u);
}

BOOST_AUTO_TEST_CASE(every_template_of_the_table_has_a_preset) {
  const boost::json::value document = vector_json("tasks.json");
  if (document.is_null()) return;
  for (const boost::json::value& one : document.at("templates").as_array()) {
    const auto all = presets();
    BOOST_TEST(std::ranges::any_of(all,
                                   [&](const Preset& preset) {
                                     return preset.dataset == text_of(one.at("dataset")) &&
                                            preset.version == one.at("version").to_number<int>();
                                   }),
               text_of(one.at("dataset")) << " has no preset");
  }
}

BOOST_AUTO_TEST_CASE(a_preset_completes_what_was_not_given) {
  trainbus::OptionValues options("task", PromptClassification::options());
  options.set("preset", "sst2", "command line");
  options.set("labels", "0: bad|1: good", "run.ini:3");
  complete_from_preset("prompt-classification", options);
  BOOST_TEST(options.text("text-column") == "sentence");
  BOOST_TEST(options.value("text-column").source == "preset sst2");
  BOOST_TEST(options.text("labels") == "0: bad|1: good");
  BOOST_TEST(options.value("labels").source == "run.ini:3");
}

BOOST_AUTO_TEST_CASE(the_options_of_a_preset_are_those_of_the_task) {
  for (const Preset& preset : presets())
    if (preset.section("prompt-classification")) {
      trainbus::OptionValues options("task", PromptClassification::options());
      options.set("preset", preset.name, "command line");
      complete_from_preset("prompt-classification", options);
      BOOST_TEST(!prompt_classification_options(options).deduplicate, preset.name);
    }
}

BOOST_AUTO_TEST_CASE(presets_that_do_not_fit_are_refused) {
  const auto refuse = [](const char* name) {
    trainbus::OptionValues options("task", PromptClassification::options());
    options.set("preset", name, "command line");
    return refusal([&] { complete_from_preset("prompt-classification", options); });
  };
  BOOST_TEST(refuse("sst3") == "--task.preset: there is no preset \"sst3\". Did you mean 'sst2'?");
  BOOST_TEST(contains(refuse("zzzzzzzz"), "Give one of: boolq, "));
  BOOST_TEST(refuse("copa") ==
             "--task.preset: \"copa\" is a preset for multiple-choice, not for "
             "prompt-classification. Give --task multiple-choice.");
}

BOOST_AUTO_TEST_SUITE_END()
