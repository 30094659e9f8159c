#include <boost/test/unit_test.hpp>
#include <string>

#include "tasks/golden.hpp"
#include "tasks/prompt_classification/prompt_classification.hpp"

using namespace trainbus::tasks;
using trainbus::testing::check_golden;

BOOST_AUTO_TEST_SUITE(dataset_summary)

BOOST_AUTO_TEST_CASE(a_summary_says_what_was_dropped_and_what_each_part_holds) {
  const std::string folder = TRAINBUS_TEST_DATA "/tasks/";
  Dataset dataset = load_prompt_classification({.data = folder + "reviews.csv",
                                                .test_data = folder + "held_out.tsv",
                                                .label_column = "category",
                                                .group_column = "movie_name",
                                                .labels = "rotten: Negative|fresh: Positive",
                                                .prompt_template = "{text}"});
  for (SourceReport& source : dataset.sources) source.file.erase(0, folder.size());
  check_golden(summary(dataset), "tasks/summary_with_drops.txt");
}

BOOST_AUTO_TEST_CASE(large_numbers_many_labels_and_empty_parts_keep_the_columns) {
  Dataset dataset;
  dataset.labels = {{"a", " one"}, {"b c", "two\n"}, {"ü", " three"}};
  SourceReport source{.file = "big.jsonl", .rows = 1234567, .kept = 1000001};
  for (const char* value : {"q", "r", "s", "t", "u", "v", "w"}) source.unlisted[value] = 1;
  source.unlisted["most"] = 234559;
  dataset.sources = {source};
  dataset.parts = {PartReport{12345, {900000, 100000, 1}}, PartReport{0, {0, 0, 0}},
                   PartReport{0, {0, 0, 0}}};
  check_golden(summary(dataset), "tasks/summary_of_many.txt");
}

BOOST_AUTO_TEST_SUITE_END()
