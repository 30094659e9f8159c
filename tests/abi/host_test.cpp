// Host, File and Terminal over the C services.
#include <boost/test/unit_test.hpp>
#include <trainbus/plugin_testing.hpp>

#include <string>
#include <vector>

using trainbus::testing::FakeHost;

namespace {
const tb_observer& observer() { return *trainbus_module_v1.observers[0]; }  // all_hooks.cpp
}  // namespace

BOOST_AUTO_TEST_CASE(options_are_read_as_their_types) {
  FakeHost fake(observer());
  fake.set("every", "7").set("loud", "false");
  const trainbus::Host host = fake.host();
  BOOST_TEST(host.option("path") == "out.txt");
  BOOST_TEST(host.number<int>("every") == 7);
  BOOST_TEST(host.number<double>("ratio") == 0.25);
  BOOST_TEST(!host.flag("loud"));
  BOOST_TEST(host.instance() == "test.all");
  BOOST_TEST(host.run_directory() == "/fake/run");
}

BOOST_AUTO_TEST_CASE(defaults_and_set_values_reach_the_plugin_as_a_host_hands_them_on) {
  using trainbus::testing::canonical_option;
  const auto canonical = [](const char* type, const char* text) {
    return canonical_option({.size = sizeof(tb_option), .type = type}, text);
  };
  for (const char* text : {"30s", "0.5m", "30000ms", "30"})
    BOOST_TEST(canonical("duration", text) == "30");
  BOOST_TEST(canonical("duration", "2h") == "7200");
  BOOST_TEST(canonical("duration", "250ms") == "0.25");
  for (const char* yes : {"true", "yes", "on", "1"}) BOOST_TEST(canonical("bool", yes) == "true");
  for (const char* no : {"false", "no", "off", "0"}) BOOST_TEST(canonical("bool", no) == "false");
  BOOST_TEST(canonical("real", "0.10") == "0.1");
  BOOST_TEST(canonical("text", "30s") == "30s");
  for (const char* nonsense : {"", "s", "maybe", "3x"})
    BOOST_TEST(canonical("duration", nonsense) == nonsense);

  FakeHost fake(observer());
  fake.set("loud", "off").set("ratio", "5e-1");
  BOOST_TEST(fake.host().option("loud") == "false");
  BOOST_TEST(fake.host().option("ratio") == "0.5");
}

BOOST_AUTO_TEST_CASE(a_name_that_the_schema_lacks_is_the_authors_error) {
  FakeHost fake(observer());
  BOOST_CHECK_THROW(fake.host().option("pth"), std::logic_error);
}

BOOST_AUTO_TEST_CASE(a_number_that_does_not_fit_its_type_is_refused) {
  FakeHost fake(observer());
  for (const char* text : {"300", "1.5", "", "x", "7 "}) {
    fake.set("every", text);
    BOOST_CHECK_THROW(fake.host().number<std::uint8_t>("every"), std::runtime_error);
  }
}

BOOST_AUTO_TEST_CASE(the_log_has_four_levels) {
  FakeHost fake(observer());
  fake.host().debug("a");
  fake.host().info("b");
  fake.host().warning(std::string("c"));
  fake.host().error("d");
  BOOST_TEST_REQUIRE(fake.log.size() == 4u);
  for (std::int32_t level = TB_LOG_DEBUG; level <= TB_LOG_ERROR; ++level)
    BOOST_TEST(fake.log[level].level == level);
}

BOOST_AUTO_TEST_CASE(a_file_is_appended_to_read_cut_and_closed) {
  FakeHost fake(observer());
  {
    trainbus::File file = fake.host().files().append_to("a.txt");
    file.append("hello ");
    file.append("world");
    BOOST_TEST(file.length() == 11u);
    BOOST_TEST(file.read(6, 5) == "world");
    BOOST_CHECK_THROW(file.read(6, 6), std::runtime_error);
    file.truncate(5);
    file.sync();
    trainbus::File moved = std::move(file);
    BOOST_TEST(!file.is_open());
    BOOST_TEST(moved.is_open());
    BOOST_TEST(fake.files.open_files() == 1u);
  }
  BOOST_TEST(fake.files.open_files() == 0u);
  BOOST_TEST(fake.files.get("a.txt") == "hello");
  BOOST_TEST(fake.files.syncs() == 1u);
  BOOST_CHECK_THROW(fake.host().files().create("a.txt"), std::runtime_error);
}

BOOST_AUTO_TEST_CASE(files_are_replaced_found_and_listed) {
  FakeHost fake(observer());
  const trainbus::Files files = fake.host().files();
  files.replace("d/one", "1");
  files.replace("d/two", "2");
  files.replace("d/e/deeper", "3");
  BOOST_TEST(files.exists("d/one"));
  BOOST_TEST(!files.exists("d/three"));
  const std::vector<std::string> expected = {"one", "two"};
  BOOST_TEST(files.list("d") == expected);
}

BOOST_AUTO_TEST_CASE(a_failed_file_operation_throws_the_hosts_sentence) {
  FakeHost fake(observer());
  trainbus::File file = fake.host().files().append_to("a.txt");
  fake.files.fail_after(0, 1);
  BOOST_CHECK_EXCEPTION(file.append("x"), std::runtime_error, [](const std::exception& e) {
    return std::string(e.what()) == "cannot append to a.txt: No space left on device (injected)";
  });
  file.append("y");
  BOOST_TEST(fake.files.get("a.txt") == "y");
}

BOOST_AUTO_TEST_CASE(a_host_without_files_is_refused_when_they_are_asked_for) {
  FakeHost fake(observer());
  fake.withhold(TB_EXTENSION_FILE);
  BOOST_CHECK_THROW(fake.host().files(), std::runtime_error);
  BOOST_TEST(fake.host().extension<tb_file_api>(TB_EXTENSION_FILE) == nullptr);
  BOOST_TEST(fake.host().extension<tb_file_api>("acme.unknown/1") == nullptr);
}

BOOST_AUTO_TEST_CASE(the_terminal_draws_live_lines_and_lasting_ones) {
  FakeHost fake(observer());
  const trainbus::Terminal terminal = fake.host().terminal();
  BOOST_TEST(terminal.interactive());
  BOOST_TEST(!terminal.color());
  BOOST_TEST(terminal.columns() == 79u);
  terminal.set_live(0, "45%");
  BOOST_TEST(fake.terminal.live.at(0) == "45%");
  terminal.set_live(0, "");
  BOOST_TEST(fake.terminal.live.empty());
  terminal.print("done");
  BOOST_TEST(fake.terminal.printed.at(0) == "done");
}

BOOST_AUTO_TEST_CASE(without_a_terminal_nothing_is_live_and_lines_go_to_the_log) {
  FakeHost fake(observer());
  fake.withhold(TB_EXTENSION_TERMINAL);
  const trainbus::Terminal terminal = fake.host().terminal();
  BOOST_TEST(!terminal.interactive());
  BOOST_TEST(terminal.columns() == 0u);
  terminal.set_live(0, "45%");
  terminal.print("done");
  BOOST_TEST(fake.logged("done") == 1u);
  BOOST_TEST(fake.log.size() == 1u);
}
