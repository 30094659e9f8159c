// The in-tree observer plugins as files: any third-party plugin built with the helper looks like
// them.
#include <trainbus/plugin.h>
#include <boost/test/unit_test.hpp>

#include <string>

#include "module.hpp"

BOOST_AUTO_TEST_CASE(each_plugin_loads_eagerly_and_describes_itself) {
  for (const char* name : {"ema", "csv", "jsonl"}) {
    void* library = load(built("plugins", name));
    BOOST_TEST_REQUIRE(library != nullptr, dlerror());
    const tb_module& module = *module_of(library);
    BOOST_TEST(module.size == sizeof(tb_module));
    BOOST_TEST(module.abi_major == unsigned{TB_ABI_MAJOR});
    BOOST_TEST(module.observer_count == 1u);
    const tb_observer& observer = *module.observers[0];
    BOOST_TEST(observer.id == std::string(name));
    BOOST_TEST(std::string(observer.summary) != "");
    for (std::size_t i = 0; i < observer.option_count; ++i)
      BOOST_TEST(std::string(observer.options[i]->help) != "");
  }
}

BOOST_AUTO_TEST_CASE(a_plugin_shows_its_module_and_no_other_symbol_of_its_own) {
  void* library = load(built("plugins", "csv"));
  BOOST_TEST(dlsym(library, "trainbus_module_v1") != nullptr);
  BOOST_TEST(dlsym(library,
                   "_Z12append_fieldRNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"
                   "St17basic_string_viewIcS2_E") == nullptr);
}
