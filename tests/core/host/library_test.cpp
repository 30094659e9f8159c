// Errors before and at loading: each message names the file, what was found and what to do.
#include "core/host/library.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cfenv>
#include <cstdlib>
#include <ostream>

#include "core/bus/float_environment.hpp"
#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "support/captured_log.hpp"

namespace trainbus::testing {
namespace {

namespace fs = std::filesystem;

const fs::path good_folder = TRAINBUS_BINARY_DIR "/tests/core/plugins";
const fs::path bad_folder = TRAINBUS_BINARY_DIR "/bad_plugins";

std::string refusal(const fs::path& file, const std::string& engine_tag = "this_build") {
  try {
    load_library(file, engine_tag);
  } catch (const PluginError& e) {
    return e.what();
  }
  return "(loaded)";
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != text.npos; }

struct Refusal {
  const char* file;
  const char* found;
  const char* remedy;
};
std::ostream& operator<<(std::ostream& out, const Refusal& r) { return out << r.file; }

const Refusal refusals[] = {
    {"none.so", "No such file", "Check the path"},
    {"text.so", "is not a shared object", "Give the file of a trainbus plugin"},
    {"empty.so", "is empty", "Give the file of a trainbus plugin"},
    {"truncated.so", "is damaged or cut short: its tables point beyond its 3000 bytes",
     "Build or copy"},
    {"no_symbol.so", "does not export trainbus_module_v1", "TRAINBUS_OBSERVER"},
    {"wrong_major.so", "has the observer ABI 2, expected 1", "Rebuild"},
    {"short_module.so", "trainbus_module_v1 has 8 bytes, expected 32 or more", "Rebuild"},
    {"short_observer.so", "has 16 bytes, expected", "Rebuild"},
    {"needs_newer.so", "needs_newer needs the observer ABI 1.99, this trainbus has 1.1",
     "Update trainbus"},
    {"undefined_symbol.so", "undefined symbol: trainbus_function_that_nobody_has",
     "Build it again"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(library_test)

BOOST_DATA_TEST_CASE(a_bad_file_is_refused_with_file_found_and_remedy,
                     boost::unit_test::data::make(refusals), bad) {
  const std::string message = refusal(bad_folder / bad.file);
  BOOST_TEST_INFO(message);
  BOOST_TEST(has(message, (bad_folder / bad.file).string()));
  BOOST_TEST_INFO(message);
  BOOST_TEST(has(message, bad.found));
  BOOST_TEST_INFO(message);
  BOOST_TEST(has(message, bad.remedy));
}

BOOST_AUTO_TEST_CASE(a_plugin_of_a_later_major_version_is_known_by_its_symbol) {
  BOOST_TEST(has(refusal(good_folder / "later_major.so"),
                 "was built for version 2 of the observer ABI, this trainbus has version 1"));
}

BOOST_AUTO_TEST_CASE(a_folder_and_a_device_are_no_plugins) {
  BOOST_TEST(has(refusal(good_folder), "is not a file"));
  BOOST_TEST(has(refusal("/dev/zero"), "is not a file"));
}

BOOST_AUTO_TEST_CASE(a_program_is_no_plugin) {
  BOOST_TEST(has(refusal("/proc/self/exe"), "trainbus"));
  BOOST_TEST(refusal("/proc/self/exe") != "(loaded)");
}

BOOST_AUTO_TEST_CASE(a_good_plugin_is_loaded_once) {
  const Library first = load_library(good_folder / "probe.so", "");
  BOOST_REQUIRE(first.module);
  BOOST_TEST(first.module->observer_count == 1u);
  BOOST_TEST(load_library(good_folder / "../plugins/probe.so", "").module == first.module);
}

BOOST_AUTO_TEST_CASE(a_good_plugin_cut_off_anywhere_is_refused) {
  const ScratchFolder folder;
  const std::string whole = file_system().read_all(good_folder / "probe.so");
  for (std::size_t length = 0; length < whole.size(); length += 1 + whole.size() / 300) {
    file_system().replace(folder / "probe.so", whole.substr(0, length));
    BOOST_TEST(refusal(folder / "probe.so") != "(loaded)", "cut to " << length);
  }
}

BOOST_AUTO_TEST_CASE(a_damaged_symbol_table_is_refused_or_harmless) {
  const ScratchFolder folder;
  const std::string whole = file_system().read_all(good_folder / "later_major.so");
  // The section table and the tables it names are the last part: flip every 7th byte of it, once
  // each.
  for (std::size_t at = whole.size() * 2 / 3; at < whole.size(); at += 7) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(~damaged[at]);
    file_system().replace(folder / "later_major.so", damaged);
    BOOST_TEST(refusal(folder / "later_major.so") != "(loaded)", "byte " << at);
  }
}

BOOST_AUTO_TEST_CASE(an_engine_plugin_of_another_build_is_refused_before_its_code_runs) {
  ::unsetenv("TRAINBUS_TEST_ENGINE_CODE_RAN");
  const fs::path file = good_folder / "engine_of_this_build.so";
  const std::string message = refusal(file, "other_build");
  BOOST_TEST(has(message, "of the build this_build, this trainbus is the build other_build"));
  BOOST_TEST(has(message, "Rebuild it"));
  const Library recognised = load_library(file, "");
  BOOST_TEST(!recognised.engine);
  BOOST_TEST(!std::getenv("TRAINBUS_TEST_ENGINE_CODE_RAN"));
  const Library loaded = load_library(file, "this_build");
  BOOST_REQUIRE(loaded.engine);
  BOOST_TEST(loaded.engine->version == std::string("1.0.0"));
  BOOST_TEST(std::getenv("TRAINBUS_TEST_ENGINE_CODE_RAN"));
  BOOST_TEST(has(refusal(file, "other_build"), "other_build"));  // loaded or not
}

BOOST_AUTO_TEST_CASE(loading_a_fast_math_plugin_does_not_switch_denormals_off) {
  const CapturedLog log;
  const FloatEnvironment before;
  BOOST_TEST(load_library(bad_folder / "fast_math.so", "").module);
  volatile double denormal = 1e-310;
  BOOST_TEST(denormal * 0.5 > 0.0);
  BOOST_TEST(!before.restore());
  BOOST_TEST(log.count("fast_math.so changed the floating-point settings") == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
