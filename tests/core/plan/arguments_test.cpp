#include "core/plan/arguments.hpp"

#include <boost/test/unit_test.hpp>

#include "core/io/error.hpp"

namespace {

using trainbus::Argument;
using trainbus::Option;
using trainbus::UsageError;

const std::vector<Option> known = {{"seed", "int"},
                                   {"overwrite", "bool"},
                                   {"plugin", "text", "", "", 1, 0, {}, TB_OPTION_REPEATABLE},
                                   {"mezo.lr", "real"},
                                   {"acme.jsonl.path", "path"}};

// "name=value" of each, separated by blanks.
std::string read(const std::vector<std::string>& words) {
  std::string result;
  for (const Argument& argument : trainbus::parse_arguments(words, known))
    result += (result.empty() ? "" : " ") + argument.name + "=" + argument.value;
  return result;
}

std::string refusal(const std::vector<std::string>& words) {
  try {
    return "accepted: " + read(words);
  } catch (const UsageError& error) {
    return error.what();
  }
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(arguments)

BOOST_AUTO_TEST_CASE(a_value_follows_or_is_attached) {
  BOOST_TEST(read({"--seed", "1", "--mezo.lr=1e-6"}) == "seed=1 mezo.lr=1e-6");
  BOOST_TEST(read({"--acme.jsonl.path", "a=b"}) == "acme.jsonl.path=a=b");
  BOOST_TEST(read({"--acme.jsonl.path", ""}) == "acme.jsonl.path=");
}

BOOST_AUTO_TEST_CASE(negative_numbers_and_words_with_dashes_are_values) {
  BOOST_TEST(read({"--seed", "-1"}) == "seed=-1");
  BOOST_TEST(read({"--acme.jsonl.path", "--odd"}) == "acme.jsonl.path=--odd");
}

BOOST_AUTO_TEST_CASE(a_bool_alone_is_true) {
  BOOST_TEST(read({"--overwrite", "--seed", "1"}) == "overwrite=true seed=1");
  BOOST_TEST(read({"--overwrite=no"}) == "overwrite=no");
  BOOST_TEST(read({"--overwrite", "no", "--seed", "1"}) == "overwrite=no seed=1");
  BOOST_TEST(contains(refusal({"--overwrite", "--sede", "1"}), "'--seed'?"));
}

BOOST_AUTO_TEST_CASE(repeatable_options_repeat_and_others_do_not) {
  BOOST_TEST(read({"--plugin", "a", "--plugin=b=c"}) == "plugin=a plugin=b=c");
  BOOST_TEST(
      contains(refusal({"--seed", "1", "--seed", "1"}), "--seed: the option is given twice"));
}

BOOST_AUTO_TEST_CASE(names_are_never_guessed_from_their_beginning) {
  BOOST_TEST(contains(refusal({"--over"}), "--over: unknown option"));
  BOOST_TEST(contains(refusal({"--Seed", "1"}), "--Seed: unknown option"));
  BOOST_TEST(contains(refusal({"--mezo.lrr=1"}), "'--mezo.lr'"));
  BOOST_TEST(contains(refusal({"-s"}), "-s"));
}

BOOST_AUTO_TEST_CASE(missing_values_and_stray_words_are_refused) {
  BOOST_TEST(contains(refusal({"--seed"}), "--seed: the option lacks its value"));
  BOOST_TEST(contains(refusal({"--seed="}), "--seed: the option lacks its value"));
  BOOST_TEST(contains(refusal({"--seed", "--plugin", "x"}), "--seed: the option lacks its value"));
  BOOST_TEST(contains(refusal({"--seed", "--plugin=x"}), "--seed: the option lacks its value"));
  BOOST_TEST(contains(refusal({"run.ini"}), "found 'run.ini', expected an option"));
  BOOST_TEST(contains(refusal({"--seed", "1", ""}), "found ''"));
}

BOOST_AUTO_TEST_CASE(the_first_pass_skips_what_it_does_not_know) {
  const std::vector<std::string> words = {"--unknown.x", "1",          "--plugin", "a",
                                          "--bare",      "--plugin=b", "word",     "--y=2"};
  std::string result;
  for (const Argument& argument : trainbus::parse_known_arguments(words, known))
    result += argument.name + "=" + argument.value + " ";
  BOOST_TEST(result == "plugin=a plugin=b ");
}

BOOST_AUTO_TEST_SUITE_END()
