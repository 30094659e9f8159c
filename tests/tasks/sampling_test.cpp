// The published samples: numpy's permutations, from tasks.json, and the parts that they give.
#include "tasks/data/sampling.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <set>

#include "core/io/sha256.hpp"
#include "support/vector_json.hpp"
#include "tasks/prompt_classification/prompt_classification.hpp"
#include "tasks/refusal.hpp"

using namespace trainbus::tasks;
using trainbus::testing::contains;
using trainbus::testing::field_of;
using trainbus::testing::refusal;
using trainbus::testing::vector_json;

namespace {

using Numbers = std::vector<std::uint32_t>;

std::uint32_t whole(const boost::json::value& value) { return value.to_number<std::uint32_t>(); }

Numbers numbers_of(const boost::json::value& list) {
  Numbers numbers;
  for (const auto& one : list.as_array()) numbers.push_back(whole(one));
  return numbers;
}

// A file of `rows` rows "text N", label N % 2.
struct Rows {
  trainbus::testing::ScratchFolder folder;
  std::filesystem::path write(const std::string& name, int rows) const {
    std::ofstream out(folder / name);
    out << "text,label\n";
    for (int i = 0; i < rows; ++i) out << name[0] << " " << i << ',' << i % 2 << '\n';
    return folder / name;
  }
  PromptClassificationOptions options(const Sampling& sampling) const {
    return {.data = write("data.csv", 50),
            .test_data = write("test.csv", 20),
            .labels = "0: no|1: yes",
            .prompt_template = "{text}",
            .sampling = sampling};
  }
};

std::vector<std::string> prompts(const std::vector<Example>& examples) {
  std::vector<std::string> texts;
  for (const Example& example : examples) texts.push_back(example.prompt);
  return texts;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sampling)

BOOST_AUTO_TEST_CASE(permutations_are_numpys) {
  const boost::json::value document = vector_json("tasks.json");
  if (document.is_null()) return;
  const boost::json::value* cases = field_of(document, "sampling", "tasks.json");
  if (!cases) return;
  for (const boost::json::value& one : cases->as_array()) {
    Numbers order = numpy_permutation(whole(one.at("examples")), whole(one.at("seed")));
    order.resize(whole(one.at("take")));
    const Numbers first = numbers_of(one.at("first")), last = numbers_of(one.at("last"));
    BOOST_TEST_REQUIRE((order.size() >= first.size() && order.size() >= last.size()));
    BOOST_TEST(Numbers(order.begin(), order.begin() + static_cast<long>(first.size())) == first,
               boost::test_tools::per_element());
    BOOST_TEST(Numbers(order.end() - static_cast<long>(last.size()), order.end()) == last,
               boost::test_tools::per_element());
    std::string lines;
    for (const std::uint32_t i : order) lines += std::to_string(i) + "\n";
    const std::string expected(one.at("sha256_of_decimal_lines").as_string());
    trainbus::Sha256 with_end, without_end;
    with_end.update(lines);
    without_end.update(lines.substr(0, lines.size() - 1));
    BOOST_TEST((with_end.finish() == expected || without_end.finish() == expected));
  }
}

BOOST_AUTO_TEST_CASE(the_last_of_the_drawn_examples_are_for_validation) {
  const Numbers order = numpy_permutation(50, 3);
  const SampledParts parts = sampled_parts(50, {.train = 10, .validation = 5, .seed = 3}, false);
  BOOST_TEST(parts.train == Numbers(order.begin(), order.begin() + 10),
             boost::test_tools::per_element());
  BOOST_TEST(parts.validation == Numbers(order.begin() + 10, order.begin() + 15),
             boost::test_tools::per_element());
  // Too few examples: validation gets its number first, as published.
  BOOST_TEST(sampled_parts(12, {.train = 10, .validation = 5}, false).train.size() == 7u);
  BOOST_TEST(sampled_parts(12, {.train = 10, .validation = 5}, true).train.size() == 10u);
  BOOST_TEST(sampled_parts(50, {.validation = 5}, false).train.size() == 45u);
  BOOST_TEST(sampled_parts(0, {.train = 10, .validation = 5}, false).validation.empty());
  BOOST_TEST(numpy_permutation(1, 0) == Numbers{0}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_data_set_holds_the_samples_in_the_order_in_which_they_were_drawn) {
  const Rows rows;
  const Dataset data = load_prompt_classification(
      rows.options({.train = 10, .validation = 5, .test = 7, .seed = 3}));
  const Numbers order = numpy_permutation(50, 3), tested = numpy_permutation(20, 3);
  const auto expected = [](char file, const Numbers& from, std::size_t begin, std::size_t end) {
    std::vector<std::string> texts;
    for (std::size_t i = begin; i < end; ++i)
      texts.push_back(std::string(1, file) + " " + std::to_string(from[i]));
    return texts;
  };
  BOOST_TEST(prompts(data.train) == expected('d', order, 0, 10), boost::test_tools::per_element());
  BOOST_TEST(prompts(data.validation) == expected('d', order, 10, 15),
             boost::test_tools::per_element());
  BOOST_TEST(prompts(data.test) == expected('t', tested, 0, 7), boost::test_tools::per_element());
  BOOST_TEST(contains(summary(data), "35 dropped: not among the samples that were drawn"));
  BOOST_TEST(data.parts[0].examples() == 10u);
}

BOOST_AUTO_TEST_CASE(fractions_and_a_missing_test_file_do_not_go_with_samples) {
  const Rows rows;
  PromptClassificationOptions options = rows.options({.train = 10, .test = 7});
  options.validation_fraction = 0.2;
  BOOST_TEST(contains(refusal([&] { load_prompt_classification(options); }),
                      "--task.train-samples: a fraction is given, and numbers of samples are."));
  options.validation_fraction.reset();
  options.test_data.clear();
  BOOST_TEST(contains(refusal([&] { load_prompt_classification(options); }),
                      "--task.test-samples: is given without a file to draw from."));
}

BOOST_AUTO_TEST_SUITE_END()
