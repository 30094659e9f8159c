// Filters of a prompt's placeholders: what each does to a value, and what is refused.
#include "tasks/prompt_classification/template_filters.hpp"

#include <boost/test/unit_test.hpp>

#include "tasks/data/table.hpp"
#include "tasks/prompt_classification/prompt_template.hpp"
#include "tasks/refusal.hpp"

using namespace trainbus::tasks;
using trainbus::testing::contains;
using trainbus::testing::refusal;

namespace {

std::string change(const std::string& filters, const std::string& value,
                   const std::string& option = "") {
  return filtered(value, parse_filters(filters, "--task.template"), option, {});
}

std::string filter_refusal(const std::string& filters) {
  return refusal([&] { parse_filters(filters, "--task.template"); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(template_filters)

BOOST_AUTO_TEST_CASE(white_space_around_a_value_stays_only_when_raw) {
  BOOST_TEST(filtered(" a b\n", {}, "", {}) == "a b");
  BOOST_TEST(change("raw", " a b\n") == " a b\n");
  BOOST_TEST(change("raw|strip", "\u3000 a b\x1c\u2028") == "a b");
  BOOST_TEST(change("raw|rstrip", " a b \u00a0") == " a b");
  BOOST_TEST(change("raw|strip", " \t ") == "");
}

BOOST_AUTO_TEST_CASE(case_is_unicodes) {
  BOOST_TEST(change("lower", "\u00c9COLE \u0130") == "\u00e9cole i\u0307");
  BOOST_TEST(change("upper_first", "\u00e9cole") == "\u00c9cole");
  BOOST_TEST(change("upper_first", "\u00dfa") == "SSa");
  BOOST_TEST(change("upper_first", "") == "");
  BOOST_TEST(change("lower_first_word", "The CAPTAIN Threw") == "the CAPTAIN Threw");
  BOOST_TEST(change("lower_first_word", "I saw It") == "I saw It");
  BOOST_TEST(change("lower_first_word", "I'm IN") == "i'm IN");
}

BOOST_AUTO_TEST_CASE(marks_at_the_end_are_dropped_and_added_once) {
  BOOST_TEST(change("drop_last_period", "It rained..") == "It rained.");
  BOOST_TEST(change("drop_last_period", "It rained") == "It rained");
  BOOST_TEST(change("question_mark", "is it") == "is it?");
  BOOST_TEST(change("question_mark|upper_first", "is it?") == "Is it?");
  BOOST_TEST(change("question_mark|upper_first", "") == "?");
}

BOOST_AUTO_TEST_CASE(highlights_and_options_are_replaced_everywhere) {
  BOOST_TEST(change("dash_highlights", "a\n@highlight\nb\n@highlight\nc @highlight") ==
             "a\n- b\n- c @highlight");
  BOOST_TEST(change("put_option(@x)", "@x met @x", "the @x man") == "the @x man met the @x man");
}

BOOST_AUTO_TEST_CASE(a_map_gives_the_text_of_a_value) {
  const std::string map = "map(effect: so ; cause: \\n\\;\\)\\|\\:\\\\)";
  BOOST_TEST(change(map, "effect") == " so ");
  BOOST_TEST(change(map, "cause") == " \n;)|:\\");
  BOOST_TEST(change(map + "|strip", "effect") == "so");
  const std::string file = "copa.jsonl";
  BOOST_TEST(refusal([&] {
               filtered("why", parse_filters(map, ""), "", {&file, 12});
             }) ==
             "copa.jsonl:12: found \"why\", and the template's map lists \"effect\", "
             "\"cause\". List it there, or mend the row.");
}

BOOST_AUTO_TEST_CASE(bad_filters_are_refused_with_what_to_write) {
  BOOST_TEST(filter_refusal("lowr") ==
             "--task.template: there is no filter \"lowr\". Did you mean 'lower'?");
  BOOST_TEST(contains(filter_refusal("zzzzzzzz"),
                      "The filters, which follow a column's name and "
                      "'|', are raw, strip, "));
  BOOST_TEST(filter_refusal("strip|raw") ==
             "--task.template: the filter raw follows another one. Put it first: {name|raw}.");
  BOOST_TEST(contains(filter_refusal("strip()"), "has an argument, and takes none"));
  BOOST_TEST(contains(filter_refusal("map"), "the filter map has no argument"));
  BOOST_TEST(contains(filter_refusal("put_option()"), "the argument of put_option is empty"));
  for (const char* open :
       {"map(", "map(a", "map(a:", "map(a)", "map(a:b;", "put_option(x", "strip|", "",
        "strip||lower", "map(a:b)x", "map(a:b;a:c)", "put_option(\\", "("})
    BOOST_TEST(!filter_refusal(open).empty(), open);
}

BOOST_AUTO_TEST_CASE(a_column_with_a_bar_in_its_name_is_not_taken_for_another) {
  const PromptTemplate prompt = parse_template("{a|lower} {b}\\ ", "--task.template");
  BOOST_TEST(prompt.pieces.at(0).column == "a");
  BOOST_TEST(prompt.pieces.back().literal == " ");
  const auto columns = [&](const std::vector<std::string>& names) {
    return template_columns(Table("t.csv", names), prompt, "--task.template");
  };
  BOOST_TEST((columns({"b", "a"}) == std::vector<std::size_t>{1, 0, 0, 0}));
  BOOST_TEST(refusal([&] {
               columns({"a", "b", "a|lower"});
             }) ==
             "t.csv: has a column \"a|lower\", and the template's {a|lower} is the column \"a\" "
             "with filters. Give the column a name without '|'.");
  BOOST_TEST(contains(refusal([] { parse_template("{|lower}", "x"); }), "names no column"));
  BOOST_TEST(contains(
      refusal([] { parse_prompt_template("{text|put_option(a)}", "text"); }),
      "--task.template: {text|put_option(a)} puts an option, and there are none here. Take --task "
      "multiple-choice"));
}

BOOST_AUTO_TEST_SUITE_END()
