#include "core/host/catalog.hpp"

#include <boost/test/unit_test.hpp>

#include <cstdlib>

#include "core/io/error.hpp"
#include "support/captured_log.hpp"

namespace trainbus::testing {

namespace fs = std::filesystem;

struct CatalogFixture {
  ScratchFolder first, second;
  const fs::path probe = TRAINBUS_BINARY_DIR "/tests/core/plugins/probe.so";
  const fs::path engine = TRAINBUS_BINARY_DIR "/tests/core/plugins/engine_of_this_build.so";

  CatalogFixture() {
    ::setenv("XDG_DATA_HOME", (first / "data").c_str(), 1);
    ::unsetenv("TRAINBUS_PLUGIN_PATH");
  }
  Catalog catalog(const std::string& engine_tag = {}) const {
    return Catalog({first.path(), second.path()}, engine_tag);
  }
  std::string refusal(std::string_view name) const {
    try {
      catalog("this_build").load(name);
    } catch (const PluginError& e) {
      return e.what();
    }
    return "(loaded)";
  }
  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
  }
};

BOOST_FIXTURE_TEST_SUITE(catalog_test, CatalogFixture)

BOOST_AUTO_TEST_CASE(a_plugin_is_found_by_its_id_and_describes_itself) {
  fs::copy(probe, second / "probe.so");
  const Plugin& plugin = catalog().load("probe");
  BOOST_TEST(plugin.id == "probe");
  BOOST_TEST(plugin.file == fs::canonical(second / "probe.so"));
  BOOST_TEST(plugin.version() == "1.2.3");
  BOOST_TEST(plugin.summary() == "doubles the loss");
  BOOST_TEST(plugin.role() == "metric");
  BOOST_REQUIRE(plugin.options().size() == 1u);
  BOOST_TEST(plugin.options()[0].name == "path");
  BOOST_TEST(&catalog().load("probe") == &plugin);
}

BOOST_AUTO_TEST_CASE(folders_are_searched_in_the_documented_order) {
  ::setenv("TRAINBUS_PLUGIN_PATH", "/from/environment:/and/another", 1);
  const auto path = Catalog({"/given"}).search_path();
  BOOST_REQUIRE(path.size() >= 6u);
  BOOST_TEST(path[0] == "/given");
  BOOST_TEST(path[1] == "/from/environment");
  BOOST_TEST(path[2] == "/and/another");
  BOOST_TEST(path[3] == first / "data/trainbus/plugins/1");
  BOOST_TEST(path[4] == fs::path(TRAINBUS_BINARY_DIR) / TRAINBUS_PLUGIN_DIR);
  BOOST_TEST(path[5] == fs::path(TRAINBUS_BINARY_DIR) / "plugins");
  ::unsetenv("TRAINBUS_PLUGIN_PATH");
}

BOOST_AUTO_TEST_CASE(of_two_files_of_an_id_the_first_wins_with_a_warning_that_names_both) {
  fs::copy(probe, first / "probe.so");
  fs::copy(probe, second / "probe.so");
  const CapturedLog log;
  BOOST_TEST(catalog().load("probe").file == fs::canonical(first / "probe.so"));
  BOOST_TEST(log.count((first / "probe.so").string()) == 1u);
  BOOST_TEST(log.count((second / "probe.so").string()) == 1u);
}

BOOST_AUTO_TEST_CASE(a_link_to_the_same_file_is_no_second_plugin) {
  fs::copy(probe, first / "probe-1.2.3.so");
  fs::create_symlink(first / "probe-1.2.3.so", first / "probe.so");
  fs::create_symlink(first / "probe-1.2.3.so", second / "probe.so");
  const CapturedLog log;
  BOOST_TEST(catalog().load("probe").id == "probe");
  BOOST_TEST(log.count("two plugins") == 0u);
}

BOOST_AUTO_TEST_CASE(an_unknown_id_is_refused_with_every_path_tried_and_the_nearest_id) {
  fs::copy(probe, second / "probe.so");
  const std::string message = refusal("prob");
  BOOST_TEST(has(message, "there is no plugin 'prob'"));
  const Catalog searched = catalog();
  for (const fs::path& folder : searched.search_path())
    BOOST_TEST(has(message, (folder / "prob.so").string()));
  BOOST_TEST(has(message, "Did you mean 'probe'?"));
  BOOST_TEST(has(refusal("zzzzzzzzz"), "--plugin-path"));
  BOOST_TEST(has(refusal(""), "is empty"));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_found_but_unusable_ends_the_search) {
  file_system().replace(first / "probe.so",
                        "not a library, but longer than the header of one is ....");
  fs::copy(probe, second / "probe.so");
  BOOST_TEST(has(refusal("probe"), (first / "probe.so").string() + ": is not a shared object"));
}

BOOST_AUTO_TEST_CASE(a_file_must_be_named_after_what_it_offers_unless_it_is_given_by_path) {
  fs::copy(probe, first / "other.so");
  BOOST_TEST(has(refusal("other"), "offers 'probe', expected 'other'"));
  BOOST_TEST(catalog().load((first / "other.so").string()).id == "probe");
}

BOOST_AUTO_TEST_CASE(an_engine_plugin_is_recognised_without_a_tag_and_loaded_with_it) {
  fs::copy(engine, first / "engine_of_this_build.so");
  const Plugin recognised = catalog().load("engine_of_this_build");
  BOOST_TEST((recognised.kind == Plugin::Kind::Engine));
  BOOST_TEST(recognised.id == "engine_of_this_build");
  BOOST_TEST(recognised.role() == "optimizer");
  BOOST_TEST(!recognised.engine);
  const Plugin& loaded = catalog("this_build").load("engine_of_this_build");
  BOOST_REQUIRE(loaded.engine);
  BOOST_TEST(loaded.summary() == "steps");
  fs::copy(engine, first / "sgd.so");
  BOOST_TEST(has(refusal("sgd"), "offers 'engine_of_this_build', expected 'sgd'"));
}

BOOST_AUTO_TEST_CASE(the_list_is_sorted_without_duplicates_and_reports_what_is_unusable) {
  fs::copy(engine, first / "engine_of_this_build.so");
  fs::copy(probe, first / "probe.so");
  fs::copy(probe, second / "probe.so");
  file_system().replace(second / "broken.so", "text");
  file_system().replace(second / "README", "no plugin");
  std::vector<std::string> problems, ids;
  for (const Plugin& plugin : catalog().list(&problems))
    if (plugin.file.parent_path() == fs::canonical(first.path()) ||
        plugin.file.parent_path() == fs::canonical(second.path()))
      ids.push_back(plugin.id);
  const std::vector<std::string> expected = {"engine_of_this_build", "probe"};
  BOOST_TEST(ids == expected, boost::test_tools::per_element());
  BOOST_REQUIRE(!problems.empty());
  BOOST_TEST(has(problems[0], (second / "broken.so").string()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
