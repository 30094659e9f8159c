#include "core/host/option.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>

#include "core/io/error.hpp"

namespace {

using trainbus::Option;
using trainbus::OptionValues;
using trainbus::UsageError;

constexpr double inf = std::numeric_limits<double>::infinity();

std::string canonical(const std::string& type, const std::string& text, double min = 1,
                      double max = 0) {
  return trainbus::canonical({"x", type, "", "", min, max, {"red", "green"}}, text, "--x");
}

// The error message, or the accepted value.
std::string refusal(const Option& option, std::string_view text, std::string_view where = "--x") {
  try {
    return "accepted: " + trainbus::canonical(option, text, where);
  } catch (const UsageError& error) {
    return error.what();
  }
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

OptionValues values() {
  return OptionValues("mezo", {{"lr", "real", "1e-6", "", 0, 1},
                               {"eps", "real", "0.001"},
                               {"tag", "text", ""},
                               {"every", "duration", "30s"},
                               {"count", "int", "3"},
                               {"sync", "bool", "yes"}});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(option)

BOOST_AUTO_TEST_CASE(bools_have_eight_spellings_and_two_canonical_ones) {
  for (const char* yes : {"yes", "true", "1", "on"}) BOOST_TEST(canonical("bool", yes) == "true");
  for (const char* no : {"no", "false", "0", "off"}) BOOST_TEST(canonical("bool", no) == "false");
  for (const char* bad : {"", "YES", "y", "2", "yes "})
    BOOST_CHECK_THROW(canonical("bool", bad), UsageError);
}

BOOST_AUTO_TEST_CASE(ints_are_whole_numbers_in_their_range) {
  BOOST_TEST(canonical("int", "+7") == "7");
  BOOST_TEST(canonical("int", "-9223372036854775808") == "-9223372036854775808");
  BOOST_TEST(canonical("int", "007") == "7");
  for (const char* bad : {"", "1.5", "1e3", "0x10", " 1", "1 ", "9223372036854775808", "+-1"})
    BOOST_CHECK_THROW(canonical("int", bad), UsageError);
  BOOST_TEST(canonical("int", "4", 0, 4) == "4");
  BOOST_CHECK_THROW(canonical("int", "5", 0, 4), UsageError);
  BOOST_CHECK_THROW(canonical("int", "-1", 0, inf), UsageError);
}

BOOST_AUTO_TEST_CASE(reals_become_the_shortest_text_that_reads_back_equal) {
  BOOST_TEST(canonical("real", "0.000001") == "1e-06");
  BOOST_TEST(canonical("real", "1E-6") == "1e-06");
  BOOST_TEST(canonical("real", "0.10000000000000001") == "0.1");
  BOOST_TEST(canonical("real", ".5") == "0.5");
  BOOST_TEST(canonical("real", "3") == "3");
  for (const char* bad : {"", "1,5", "lr", "1e", "1e999", "--1"})
    BOOST_CHECK_THROW(canonical("real", bad), UsageError);
}

BOOST_AUTO_TEST_CASE(nan_is_never_a_value_and_infinity_only_where_the_range_has_it) {
  for (const char* bad : {"nan", "inf", "-inf", "infinity"})
    BOOST_CHECK_THROW(canonical("real", bad), UsageError);
  BOOST_CHECK_THROW(canonical("real", "nan", 0, inf), UsageError);
  BOOST_CHECK_THROW(canonical("real", "inf", 0, 1), UsageError);
  BOOST_TEST(canonical("real", "inf", 0, inf) == "inf");
}

BOOST_AUTO_TEST_CASE(durations_become_seconds) {
  BOOST_TEST(canonical("duration", "250ms") == "0.25");
  BOOST_TEST(canonical("duration", "30s") == "30");
  BOOST_TEST(canonical("duration", "5m") == "300");
  BOOST_TEST(canonical("duration", "2h") == "7200");
  BOOST_TEST(canonical("duration", "1.5") == "1.5");
  BOOST_TEST(canonical("duration", "7ms") == "0.007");
  for (const char* bad : {"", "s", "5d", "5 m", "1h30m", "infs"})
    BOOST_CHECK_THROW(canonical("duration", bad), UsageError);
  BOOST_CHECK_THROW(canonical("duration", "2h", 0, 3600), UsageError);
}

BOOST_AUTO_TEST_CASE(choices_are_refused_with_the_list_and_the_nearest_one) {
  BOOST_TEST(canonical("choice", "green") == "green");
  const std::string refused = refusal({"x", "choice", "", "", 1, 0, {"red", "green"}}, "gren");
  BOOST_TEST(contains(refused, "--x"));
  BOOST_TEST(contains(refused, "found 'gren', expected one of red, green"));
  BOOST_TEST(contains(refused, "'green'?"));
}

BOOST_AUTO_TEST_CASE(text_is_kept_as_it_is_but_for_nul_bytes) {
  BOOST_TEST(canonical("text", " Negative ") == " Negative ");
  BOOST_TEST(canonical("path", "a b/#1.csv") == "a b/#1.csv");
  BOOST_CHECK_THROW(canonical("text", std::string("a\0b", 3)), UsageError);
}

BOOST_AUTO_TEST_CASE(a_refusal_names_place_found_and_expected) {
  const std::string refused = refusal({"lr", "real", "", "", 0, 1}, "2", "run.ini:12: mezo.lr");
  BOOST_TEST(contains(refused, "run.ini:12: mezo.lr"));
  BOOST_TEST(contains(refused, "found '2', expected a number from 0 to 1"));
  BOOST_TEST(contains(refusal({"n", "int", "", "", 1, inf}, "0"), "a whole number of at least 1"));
  BOOST_TEST(contains(refusal({"t", "duration", "", "", 0, 60}, "2m"), "from 0s to 60s"));
}

BOOST_AUTO_TEST_CASE(every_value_of_a_repeatable_option_is_checked) {
  const Option numbers{"n", "int", "", "", 1, 0, {}, TB_OPTION_REPEATABLE};
  BOOST_TEST(trainbus::canonical(numbers, "01\n+2", "--n") == "1\n2");
  BOOST_CHECK_THROW(trainbus::canonical(numbers, "1\nx", "--n"), UsageError);
}

BOOST_AUTO_TEST_CASE(a_wrong_schema_is_the_plugins_fault) {
  BOOST_CHECK_THROW(canonical("colour", "red"), trainbus::PluginError);
  BOOST_CHECK_THROW(OptionValues("p", {{"x", "int", "many"}}), trainbus::PluginError);
  BOOST_CHECK_THROW(OptionValues("p", {{"x", "int", "1"}, {"x", "int", "2"}}),
                    trainbus::PluginError);
}

BOOST_AUTO_TEST_CASE(values_start_as_canonical_defaults) {
  const OptionValues v = values();
  BOOST_TEST(v.text("lr") == "1e-06");
  BOOST_TEST(v.real("every") == 30);
  BOOST_TEST(v.integer("count") == 3);
  BOOST_TEST(v.flag("sync"));
  BOOST_TEST(v.is_default("lr"));
  BOOST_TEST(v.value("lr").source == "default");
}

BOOST_AUTO_TEST_CASE(a_set_value_remembers_its_source) {
  OptionValues v = values();
  v.set("lr", "0.5", "run.ini:3");
  BOOST_TEST(v.real("lr") == 0.5);
  BOOST_TEST(v.value("lr").source == "run.ini:3");
  BOOST_TEST(!v.is_default("lr"));
}

BOOST_AUTO_TEST_CASE(a_refused_value_changes_nothing) {
  OptionValues v = values();
  BOOST_CHECK_THROW(v.set("lr", "2", "command line"), UsageError);
  BOOST_TEST(v.text("lr") == "1e-06");
}

BOOST_AUTO_TEST_CASE(an_unknown_name_gets_the_nearest_known_one) {
  OptionValues v = values();
  BOOST_CHECK_EXCEPTION(v.set("lrr", "1", "command line"), UsageError, [](const UsageError& error) {
    return contains(error.what(), "--mezo.lrr") && contains(error.what(), "'--mezo.lr'");
  });
}

BOOST_AUTO_TEST_CASE(an_unset_number_is_an_error_and_not_zero) {
  const OptionValues v("p", {{"n", "int", ""}, {"x", "real", ""}});
  BOOST_CHECK_THROW(v.integer("n"), UsageError);
  BOOST_CHECK_THROW(v.real("x"), UsageError);
}

BOOST_AUTO_TEST_CASE(a_required_option_without_a_value_is_named) {
  OptionValues v("acme", {{"url", "text", "", "where to send to", 1, 0, {}, TB_OPTION_REQUIRED}});
  BOOST_CHECK_EXCEPTION(v.check_complete(), UsageError, [](const UsageError& error) {
    return contains(error.what(), "--acme.url") && contains(error.what(), "where to send to");
  });
  v.set("url", "x", "command line");
  v.check_complete();
}

BOOST_AUTO_TEST_CASE(a_schema_of_c_becomes_a_schema_of_cpp) {
  const char* const choices[] = {"a", "b", nullptr};
  const tb_option c = {
      sizeof(tb_option), TB_OPTION_SECRET, "key", "choice", "a", "help", 1, 0, choices};
  const Option option = trainbus::option_from(c);
  BOOST_TEST(option.name == "key");
  BOOST_TEST(option.type == "choice");
  BOOST_TEST(option.fallback == "a");
  BOOST_TEST(option.choices.size() == 2U);
  BOOST_TEST(option.flags == static_cast<std::uint32_t>(TB_OPTION_SECRET));
}

BOOST_AUTO_TEST_SUITE_END()
