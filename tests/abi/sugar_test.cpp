// The C description that the C++ header makes from a class.
#include <boost/test/unit_test.hpp>
#include <trainbus/plugin_testing.hpp>

#include <string>

#include "all_hooks.hpp"

using trainbus::detail::Descriptor;
using trainbus::testing::EventBuilder;
using trainbus::testing::FakeHost;
using trainbus::testing::Instance;

namespace {

const tb_observer& all_hooks() { return *trainbus_module_v1.observers[0]; }

struct OnlyStep : trainbus::Observer {
  void on_step(const trainbus::Event&) override {}
};
struct InheritsStep : OnlyStep {
  void on_save(const trainbus::Event&) override {}
};
struct Everything : trainbus::Observer {
  void on_event(const trainbus::Event& event) override {
    if (event.step() == 9) throw std::runtime_error(std::string(event.name()));
  }
};
struct Few : Everything {
  static constexpr std::uint64_t wants = 1u << TB_ON_STEP;
};
struct LongComplaint : trainbus::Observer {
  void on_step(const trainbus::Event&) override {
    throw std::runtime_error(std::string(254, 'x') + "\u20ac and more");
  }
};
struct Unmade : trainbus::Observer {
  explicit Unmade(const trainbus::Host&) { throw std::runtime_error("no disk"); }
  void on_step(const trainbus::Event&) override {}
};

template <class T>
const tb_observer& described() {
  static constexpr tb_observer observer = Descriptor<T>::describe("test", "1", "a test");
  return observer;
}

}  // namespace

BOOST_AUTO_TEST_CASE(wants_has_a_bit_for_each_overridden_hook_and_no_other) {
  BOOST_TEST(all_hooks().wants == (1u << TB_KIND_COUNT) - 1);
  static_assert(Descriptor<OnlyStep>::wants() == 1u << TB_ON_STEP);
  static_assert(Descriptor<InheritsStep>::wants() == (1u << TB_ON_STEP | 1u << TB_ON_SAVE));
  static_assert(Descriptor<Everything>::wants() == ~std::uint64_t{0});
  static_assert(Descriptor<Few>::wants() == 1u << TB_ON_STEP);
}

BOOST_AUTO_TEST_CASE(each_kind_of_event_reaches_its_hook) {
  FakeHost host(all_hooks());
  Instance instance(all_hooks(), host);
  for (std::uint32_t kind = 0; kind < TB_KIND_COUNT; ++kind) {
    BOOST_TEST(instance.publish(EventBuilder(kind)), instance.failure);
    BOOST_TEST(instance.emitted_value("calls").value() == kind + 1.0);
  }
}

BOOST_AUTO_TEST_CASE(an_event_of_a_later_host_is_ignored_but_reaches_a_logger_of_everything) {
  FakeHost host(all_hooks());
  Instance hooks(all_hooks(), host);
  BOOST_TEST(hooks.publish(EventBuilder(50)));
  BOOST_TEST(hooks.emitted.empty());

  FakeHost other(described<Everything>());
  Instance everything(described<Everything>(), other);
  BOOST_TEST(!everything.publish(EventBuilder(50).step(9)));
  BOOST_TEST(everything.failure == "on_unknown");
}

BOOST_AUTO_TEST_CASE(the_description_carries_what_the_class_declares) {
  const tb_observer& observer = all_hooks();
  BOOST_TEST(observer.role == TB_ROLE_METRIC);
  BOOST_TEST(observer.flags == TB_OBSERVER_LOSSY);
  BOOST_TEST(observer.id == std::string("test.all"));
  BOOST_TEST(observer.version == std::string("2.1.0"));
  BOOST_TEST(observer.url == std::string("https://example.org/all"));
  BOOST_TEST(observer.license == std::string("MIT"));
  BOOST_TEST(observer.metrics[0] == std::string("calls"));
  BOOST_TEST(observer.metrics[1] == std::string("twice"));
  BOOST_TEST(observer.metrics[2] == nullptr);

  const tb_observer& plain = described<OnlyStep>();
  BOOST_TEST(plain.role == TB_ROLE_SINK);
  BOOST_TEST(plain.flags == 0u);
  BOOST_TEST(plain.option_count == 0u);
  BOOST_TEST(plain.metrics == nullptr);
  BOOST_TEST(plain.url == std::string(""));
}

BOOST_AUTO_TEST_CASE(options_become_the_schema_of_the_abi) {
  const tb_observer& observer = all_hooks();
  BOOST_TEST_REQUIRE(observer.option_count == 5u);
  const tb_option& path = *observer.options[0];
  BOOST_TEST(path.size == sizeof(tb_option));
  BOOST_TEST(path.name == std::string("path"));
  BOOST_TEST(path.min > path.max);
  BOOST_TEST(path.choices == nullptr);
  const tb_option& side = *observer.options[1];
  BOOST_TEST(side.choices[1] == std::string("minus"));
  BOOST_TEST(side.choices[2] == nullptr);
  const tb_option& every = *observer.options[2];
  BOOST_TEST(every.min == 1.0);
  BOOST_TEST(every.max == 10.0);
}

BOOST_AUTO_TEST_CASE(a_schema_that_cannot_be_right_is_seen_while_compiling) {
  using trainbus::detail::is_well_formed;
  static_assert(is_well_formed({"a-b2", "real", "1", "help"}));
  static_assert(!is_well_formed({"a_b", "real", "1", "help"}));
  static_assert(!is_well_formed({"a", "reel", "1", "help"}));
  static_assert(!is_well_formed({"a", "real", nullptr, "help"}));
  static_assert(!is_well_formed({"a", "choice", "x", "help"}));
  static_assert(!is_well_formed({"a", "choice", "z", "help", {"x", "y"}}));
  static_assert(!is_well_formed({"a", "text", "x", "help", {"x", "y"}}));
  static_assert(is_well_formed({.name = "a",
                                .type = "choice",
                                .fallback = "",
                                .help = "",
                                .choices = {"x"},
                                .flags = TB_OPTION_REQUIRED}));
}

BOOST_AUTO_TEST_CASE(state_goes_out_and_in_and_an_observer_without_any_says_so) {
  FakeHost host(all_hooks());
  Instance before(all_hooks(), host), after(all_hooks(), host);
  before.publish(EventBuilder(TB_ON_STEP));
  after.load_state(before.save_state());
  after.publish(EventBuilder(TB_ON_STEP));
  BOOST_TEST(after.emitted_value("calls").value() == 2.0);
  BOOST_CHECK_THROW(after.load_state("nonsense"), std::runtime_error);
  BOOST_TEST(all_hooks().extension("acme.unknown/1")->size == sizeof(tb_extension));

  FakeHost plain_host(described<OnlyStep>());
  BOOST_TEST(Instance(described<OnlyStep>(), plain_host).state_api() == nullptr);
}

BOOST_AUTO_TEST_CASE(a_constructor_that_throws_refuses_with_its_message) {
  FakeHost host(described<Unmade>());
  BOOST_CHECK_EXCEPTION(Instance(described<Unmade>(), host), std::runtime_error,
                        [](const std::exception& e) { return std::string(e.what()) == "no disk"; });
}

BOOST_AUTO_TEST_CASE(a_long_message_is_cut_between_characters) {
  FakeHost host(described<LongComplaint>());
  Instance instance(described<LongComplaint>(), host);
  BOOST_TEST(!instance.publish(EventBuilder(TB_ON_STEP)));
  BOOST_TEST(instance.failure == std::string(254, 'x'));
}
