#include "core/bus/event.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <set>
#include <thread>

namespace trainbus::testing {

BOOST_AUTO_TEST_SUITE(event_test)

BOOST_AUTO_TEST_CASE(every_kind_has_the_name_of_its_number) {
  BOOST_TEST(event_name(EventKind::TrainBegin) == "on_train_begin");
  BOOST_TEST(event_name(EventKind::Forward) == "on_forward");
  BOOST_TEST(event_name(EventKind::Step) == "on_step");
  BOOST_TEST(event_name(EventKind::PredictionStep) == "on_prediction_step");
  BOOST_TEST(event_name(EventKind::TrainEnd) == "on_train_end");
  std::set<std::string_view> names;
  for (unsigned kind = 0; kind < TB_KIND_COUNT; ++kind)
    names.insert(event_name(static_cast<EventKind>(kind)));
  BOOST_TEST(names.size() == std::size_t{TB_KIND_COUNT});
  BOOST_TEST(!names.contains("on_unknown"));
  BOOST_TEST(event_name(static_cast<EventKind>(TB_KIND_COUNT)) == "on_unknown");
}

BOOST_AUTO_TEST_CASE(equal_names_are_interned_once_and_end_with_a_zero) {
  const std::string name = "event_test/loss";
  const tb_text first = intern(name);
  BOOST_TEST(intern(std::string(name)).data == first.data);
  BOOST_TEST(first.size == name.size());
  BOOST_TEST(first.data[first.size] == '\0');
  BOOST_TEST(intern("event_test/los").data != first.data);
  BOOST_TEST(intern("").size == 0u);
}

BOOST_AUTO_TEST_CASE(threads_that_intern_the_same_names_get_the_same_pointers) {
  constexpr int count = 2000;
  std::array<std::vector<const char*>, 4> pointers;
  std::vector<std::thread> threads;
  for (auto& mine : pointers)
    threads.emplace_back([&mine] {
      for (int i = 0; i < count; ++i)
        mine.push_back(intern("event_test/" + std::to_string(i)).data);
    });
  for (std::thread& thread : threads) thread.join();
  for (const auto& other : pointers) BOOST_TEST((other == pointers[0]));
  BOOST_TEST(std::set<const char*>(pointers[0].begin(), pointers[0].end()).size() == count + 0u);
}

BOOST_AUTO_TEST_CASE(a_scalar_is_found_by_its_interned_name) {
  Event event;
  event.set(intern("loss"), 2.5);
  BOOST_REQUIRE(event.find(intern("loss")));
  BOOST_TEST(*event.find(intern("loss")) == 2.5);
  BOOST_TEST(!event.find(intern("lr")));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
