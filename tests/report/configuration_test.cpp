#include "report/configuration.hpp"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace trainbus::testing {
namespace {

namespace json = boost::json;
using report::Run;

Run run_with(const std::string& record) {
  Run run;
  run.record = json::parse(record).as_object();
  return run;
}

const json::object* row(const json::array& groups, std::string_view title, std::string_view name) {
  for (const json::value& group : groups)
    if (group.at("title").as_string() == title)
      for (const json::value& row : group.at("rows").as_array())
        if (row.at("name").as_string() == name) return &row.as_object();
  return nullptr;
}

bool differs(const json::array& groups, std::string_view title, std::string_view name) {
  const json::object* found = row(groups, title, name);
  BOOST_REQUIRE_MESSAGE(found, "there is no row " << title << ' ' << name);
  return found->at("differs").as_bool();
}

const char* first = R"({"options":{"seed":{"value":1,"source":"command line"},
  "name":{"value":"a","source":"clock"},"threads":{"value":0,"source":"default"}},
  "plugins":[{"name":"mezo","id":"mezo","version":"1","options":{
    "lr":{"value":1E-6,"source":"run.ini:3"},"z":{"value":"rademacher","source":"default"}}}]})";
const char* second = R"({"options":{"seed":{"value":2,"source":"command line"},
  "name":{"value":"b","source":"clock"},"threads":{"value":0,"source":"default"}},
  "plugins":[{"name":"sgd","id":"sgd","version":"1","options":{
    "lr":{"value":0.1,"source":"command line"},"momentum":{"value":0,"source":"default"}}}]})";

}  // namespace

BOOST_AUTO_TEST_SUITE(configuration)

BOOST_AUTO_TEST_CASE(what_differs_is_marked_and_what_names_the_runs_is_not) {
  const std::vector<Run> runs = {run_with(first), run_with(second)};
  const json::array groups = report::configuration_of(runs);
  BOOST_TEST(differs(groups, "Run", "seed"));
  BOOST_TEST(!differs(groups, "Run", "threads"));
  BOOST_TEST(!differs(groups, "Run", "name"));
}

BOOST_AUTO_TEST_CASE(of_a_plugin_that_one_run_lacks_only_what_was_chosen_is_marked) {
  const std::vector<Run> runs = {run_with(first), run_with(second)};
  const json::array groups = report::configuration_of(runs);
  BOOST_TEST(differs(groups, "Plugin mezo", "plugin"));
  BOOST_TEST(differs(groups, "Plugin mezo", "lr"));
  BOOST_TEST(!differs(groups, "Plugin mezo", "z"));
  BOOST_TEST(row(groups, "Plugin sgd", "lr")->at("values").at(0).is_null());
}

BOOST_AUTO_TEST_CASE(values_are_shown_as_they_are_typed) {
  const std::vector<Run> runs = {run_with(first)};
  const json::array groups = report::configuration_of(runs);
  const json::value& value = row(groups, "Plugin mezo", "lr")->at("values").at(0);
  BOOST_TEST(value.at("text").as_string() == "1e-06");
  BOOST_TEST(!value.at("default").as_bool());
  BOOST_TEST(row(groups, "Run", "threads")->at("values").at(0).at("default").as_bool());
  BOOST_TEST(!differs(groups, "Run", "seed"));
}

BOOST_AUTO_TEST_CASE(a_record_of_another_shape_is_passed_over) {
  const std::vector<Run> runs = {
      run_with(R"({"options":[1],"task":7,"plugins":[3,{"name":5,"options":{"x":1}}]})"),
      run_with("{}")};
  BOOST_TEST(row(report::configuration_of(runs), "Run", "seed") == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
