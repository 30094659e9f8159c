#include "report/options.hpp"

#include <boost/test/unit_test.hpp>

#include "core/io/error.hpp"

namespace trainbus::testing {

using report::parse;

BOOST_AUTO_TEST_SUITE(report_options)

BOOST_AUTO_TEST_CASE(runs_and_options_come_in_any_order) {
  const report::Request request =
      parse({"a", "-o", "x.html", "b", "--title=T", "--overwrite", "c"});
  BOOST_TEST(request.runs == (std::vector<std::string>{"a", "b", "c"}),
             boost::test_tools::per_element());
  BOOST_TEST(request.output == "x.html");
  BOOST_TEST(request.title == "T");
  BOOST_TEST(request.overwrite);
  BOOST_TEST(!request.watch);
}

BOOST_AUTO_TEST_CASE(after_two_dashes_all_are_runs) {
  BOOST_TEST(parse({"--watch", "--", "--title"}).runs.at(0) == "--title");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_together_is_refused) {
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{},
                                             {"--watch"},
                                             {"a", "--watch", "-o", "x"},
                                             {"a", "--port", "80"},
                                             {"a", "-o"},
                                             {"a", "--watch", "--port", "65536"},
                                             {"a", "-x"},
                                             {"a", "--titel", "x"},
                                             {"a", "-o", "x", "--output", "y"}})
    BOOST_CHECK_THROW(parse(words), UsageError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
