// Requests of control observers.
#include <boost/test/unit_test.hpp>

#include "core/bus/control.hpp"
#include "core/io/error.hpp"

namespace trainbus::testing {
using What = ControlRequest::What;

BOOST_AUTO_TEST_SUITE(control_test)

BOOST_AUTO_TEST_CASE(requests_are_merged_and_the_first_stop_names_the_end) {
  ControlDesk desk;
  desk.open();
  BOOST_TEST(!desk.pending());
  desk.request({What::Save, "a", "better", 3});
  desk.request({What::Stop, "b", "enough", 3});
  desk.request({What::Stop, "c", "too long", 3});
  desk.request({What::Save, "c", "too", 3});
  BOOST_TEST(desk.pending());
  const ControlDesk::Orders orders = desk.take();
  BOOST_TEST(orders.save);
  BOOST_TEST(!orders.evaluate);
  BOOST_TEST(orders.stop->author == "b");
  BOOST_TEST(orders.stop->reason == "enough");
  BOOST_TEST(desk.history().size() == 4u);
  BOOST_TEST(!desk.pending());
  BOOST_TEST(!desk.take().stop);
}

BOOST_AUTO_TEST_CASE(outside_a_run_and_for_unknown_things_a_request_is_refused) {
  ControlDesk desk;
  BOOST_CHECK_THROW(desk.request({What::Stop, "a", "now", 0}), RunError);
  desk.open();
  BOOST_CHECK_THROW(desk.request({static_cast<What>(9), "a", "now", 0}), RunError);
  desk.close();
  BOOST_CHECK_THROW(desk.request({What::Stop, "a", "now", 0}), RunError);
  BOOST_TEST(desk.history().empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
