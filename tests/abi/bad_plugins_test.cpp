// Checks with dlopen that each bad plugin is bad in the way it claims.
#include <fenv.h>
#include <boost/test/unit_test.hpp>
#include <trainbus/plugin_testing.hpp>

#include <string>

#include "module.hpp"

using trainbus::testing::EventBuilder;
using trainbus::testing::FakeHost;
using trainbus::testing::Instance;

namespace {

const tb_module& module_named(const char* name) {
  void* library = load(built("bad_plugins", name));
  BOOST_TEST_REQUIRE(library != nullptr, dlerror());
  const tb_module* module = module_of(library);
  BOOST_TEST_REQUIRE(module != nullptr);
  return *module;
}

std::string failure_of_step(const char* name) {
  const tb_observer& observer = *module_named(name).observers[0];
  FakeHost host(observer);
  Instance instance(observer, host);
  BOOST_TEST(!instance.publish(EventBuilder(TB_ON_STEP).step(3)));
  return instance.failure;
}

}  // namespace

BOOST_AUTO_TEST_CASE(files_that_are_no_library_do_not_load) {
  for (const char* name : {"text", "empty"})
    BOOST_TEST(load(built("bad_plugins", name)) == nullptr, name);
}

// Not loaded here: the loader maps what the headers promise and crashes when it touches it. A host
// must check the file before loading it.
BOOST_AUTO_TEST_CASE(the_truncated_library_is_a_library_cut_off) {
  const auto size = std::filesystem::file_size(built("bad_plugins", "truncated"));
  BOOST_TEST(size > 0u);
  BOOST_TEST(size < std::filesystem::file_size(built("bad_plugins", "slow")));
}

BOOST_AUTO_TEST_CASE(an_undefined_symbol_is_named_when_binding_is_eager) {
  BOOST_TEST_REQUIRE(load(built("bad_plugins", "undefined_symbol")) == nullptr);
  const std::string reason = dlerror();
  BOOST_TEST(reason.find("trainbus_function_that_nobody_has") != reason.npos, reason);
}

BOOST_AUTO_TEST_CASE(a_library_without_the_symbol_is_no_plugin) {
  void* library = load(built("bad_plugins", "no_symbol"));
  BOOST_TEST_REQUIRE(library != nullptr);
  BOOST_TEST(module_of(library) == nullptr);
}

BOOST_AUTO_TEST_CASE(the_descriptions_claim_what_they_should_not) {
  BOOST_TEST(module_named("wrong_major").abi_major == 2u);
  BOOST_TEST(module_named("short_module").size < sizeof(tb_module));
  BOOST_TEST(module_named("short_observer").observers[0]->size < sizeof(tb_observer));
  BOOST_TEST(module_named("needs_newer").observers[0]->needs_minor == 99u);
}

BOOST_AUTO_TEST_CASE(create_refuses_with_and_without_a_message) {
  for (const auto& [name, message] :
       {std::pair("create_fails", "the flux capacitor is missing"), std::pair("create_null", "")}) {
    const tb_observer& observer = *module_named(name).observers[0];
    FakeHost host(observer);
    tb_error error{};
    BOOST_TEST(observer.create(&host.raw(), &error) == nullptr);
    BOOST_TEST(std::string(error.message) == message);
  }
}

BOOST_AUTO_TEST_CASE(failures_and_exceptions_become_a_status_and_a_message) {
  BOOST_TEST(failure_of_step("event_fails") == "this never works");
  BOOST_TEST(failure_of_step("throws") == "thrown at step 3");
  BOOST_TEST(failure_of_step("throws_int") == "an exception that is not a std::exception");
}

BOOST_AUTO_TEST_CASE(fast_math_changes_the_thread_that_loads_it) {
  fenv_t before;
  fegetenv(&before);
  volatile double denormal = 1e-310;
  load(built("bad_plugins", "fast_math"));
  const double half = denormal * 0.5;
  fesetenv(&before);
  BOOST_TEST(half == 0.0);
  BOOST_TEST(denormal * 0.5 != 0.0);
}

BOOST_AUTO_TEST_CASE(meddling_is_done_by_create_and_not_by_loading) {
  const int rounding = fegetround();
  module_named("meddles");
  BOOST_TEST(fegetround() == rounding);
}
