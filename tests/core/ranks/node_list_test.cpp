// Slurm's node lists: the expected hosts are what `scontrol show hostnames` prints first.
#include "core/ranks/node_list.hpp"

#include <boost/test/unit_test.hpp>

#include <utility>

namespace trainbus::testing {

using ranks::first_host;

BOOST_AUTO_TEST_SUITE(node_list_test)

BOOST_AUTO_TEST_CASE(the_first_host_of_a_list) {
  const std::pair<const char*, const char*> lists[] = {
      {"n7", "n7"},
      {"n7,n8", "n7"},
      {"n[1-3]", "n1"},
      {"gpu[01-04,7],login", "gpu01"},
      {"gpu[007]", "gpu007"},
      {"gpu[9,1-3]", "gpu9"},
      {"login,gpu[01-04]", "login"},
      {"r[1-2]n[03-16]", "r1n03"},
      {"n[1-3]-ib.site.org", "n1-ib.site.org"},
      {"[3-4]", "3"},
  };
  for (const auto& [list, host] : lists) BOOST_TEST(first_host(list) == host, list);
}

BOOST_AUTO_TEST_CASE(what_is_no_list_has_no_host) {
  for (const char* text :
       {"", ",", ",n1", "n[", "n[]", "n]", "n[1-3", "n[a-b]", "n[-3]", "n[,1]", "n[[1]]", "n[ 1]"})
    BOOST_TEST(first_host(text) == "", "'" << text << "' has no host");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
