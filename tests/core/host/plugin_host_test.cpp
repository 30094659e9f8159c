// The host's services for a plugin's instance: options, files, extensions.
#include <boost/test/unit_test.hpp>

#include "core/host/toy_plugin.hpp"

namespace trainbus::testing {

BOOST_FIXTURE_TEST_SUITE(plugin_host_test, PluginFixture)

BOOST_AUTO_TEST_CASE(options_reach_the_plugin_as_canonical_text) {
  OptionValues options("mine", {{.name = "rate", .type = "real", .fallback = "0.5"},
                                {.name = "loud", .type = "bool", .fallback = "no"}});
  options.set("rate", "1.0e-6", "command line");
  const auto observer = make_plugin_observer(plugin(sink), "mine", options, real);
  BOOST_TEST(Toy::host->option(Toy::host, "rate").data == std::string("1e-06"));
  BOOST_TEST(Toy::host->option(Toy::host, "loud").data == std::string("false"));
  BOOST_TEST(Toy::host->option(Toy::host, "unknown").size == 0u);
  BOOST_TEST(Toy::host->option(Toy::host, "unknown").data == std::string(""));
  BOOST_TEST(Toy::host->option(Toy::host, nullptr).size == 0u);
  BOOST_TEST(Toy::host->instance.data == std::string("mine"));
  BOOST_TEST(Toy::host->run_directory.data == folder.path().string());
}

BOOST_AUTO_TEST_CASE(an_unknown_extension_is_a_stub_and_never_null) {
  const auto observer = make(sink, real);
  for (const char* id : {"trainbus.nothing/1", "trainbus.file/2", ""})
    BOOST_TEST(Toy::host->extension(Toy::host, id)->size == 4u);
  BOOST_TEST(Toy::host->extension(Toy::host, nullptr)->size == 4u);
  BOOST_TEST(Toy::host->extension(Toy::host, TB_EXTENSION_TERMINAL)->size ==
             sizeof(tb_terminal_api));
}

BOOST_AUTO_TEST_CASE(paths_stand_below_the_run_directory_and_cannot_climb_out_of_it) {
  const auto observer = make(sink, real);
  const tb_file_api& api = files_of(Toy::host);
  tb_error error = {};
  tb_file* file = api.open(Toy::host, "sub/a.txt", TB_FILE_NEW, &error);
  BOOST_REQUIRE(file);
  BOOST_TEST(api.append(file, "abc", 3, &error) == TB_OK);
  BOOST_TEST(api.length(file) == 3u);
  char byte;
  BOOST_TEST(api.read(file, 1, &byte, 1, &error) == TB_OK);
  BOOST_TEST(byte == 'b');
  BOOST_TEST(api.truncate(file, 2, &error) == TB_OK);
  BOOST_TEST(api.sync(file, &error) == TB_OK);
  api.close(file);
  BOOST_TEST(file_system().read_all(folder / "sub/a.txt") == "ab");
  BOOST_TEST(api.exists(Toy::host, "sub/a.txt") == 1);
  BOOST_TEST(api.exists(Toy::host, "sub/b.txt") == 0);
  BOOST_TEST(!api.open(Toy::host, "sub/../../a.txt", TB_FILE_APPEND, &error));
  BOOST_TEST(has(error.message, "leads out of the run directory"));
  for (const char* empty : {"", static_cast<const char*>(nullptr)})
    BOOST_TEST(!api.open(Toy::host, empty, TB_FILE_APPEND, &error));
  BOOST_TEST(!api.open(Toy::host, "a", 3, &error));
  BOOST_TEST(has(error.message, "TB_FILE_APPEND or TB_FILE_NEW"));
  BOOST_TEST(api.replace(Toy::host, (folder / "absolute").c_str(), "x", 1, &error) == TB_OK);
  std::string names;
  const auto each = [](void* all, tb_text name) { *static_cast<std::string*>(all) += name.data; };
  BOOST_TEST(api.list(Toy::host, "", each, &names, &error) == TB_OK);
  BOOST_TEST(names == "absolutesub");
}

BOOST_AUTO_TEST_CASE(without_a_run_directory_only_absolute_paths_are_taken) {
  const auto observer = make(sink, {"", file_system(), screen});
  tb_error error = {};
  BOOST_TEST(!files_of(Toy::host).open(Toy::host, "a.txt", TB_FILE_APPEND, &error));
  BOOST_TEST(has(error.message, "this run keeps no files"));
  BOOST_TEST(Toy::host->run_directory.size == 0u);
}

BOOST_AUTO_TEST_CASE(a_failing_disk_is_reported_with_the_path_at_every_call) {
  const auto observer = make(sink, faulty);
  const tb_file_api& api = files_of(Toy::host);
  for (std::uint64_t k = 1, met = 1; met; ++k) {
    tb_error error = {};
    disk.fail(Fault::IoError, k);
    tb_file* file = api.open(Toy::host, "a.txt", TB_FILE_APPEND, &error);
    const bool good = file && api.append(file, "x", 1, &error) == TB_OK &&
                      api.sync(file, &error) == TB_OK && api.truncate(file, 0, &error) == TB_OK;
    const bool failed = disk.fault_met();
    met = failed;
    disk.heal();
    api.close(file);
    BOOST_TEST(good == !failed, "call " << k);
    BOOST_TEST(has(error.message, "/run/a.txt: cannot") == failed, error.message);
    BOOST_TEST(has(error.message, "Input/output error") == failed);
  }
}

BOOST_AUTO_TEST_CASE(files_that_a_plugin_leaves_open_are_closed_with_it) {
  auto observer = make(sink, faulty);
  tb_error error = {};
  BOOST_TEST(files_of(Toy::host).open(Toy::host, "a.txt", TB_FILE_APPEND, &error));
  BOOST_TEST(disk.open_count() == 1u);
  observer.reset();
  BOOST_TEST(disk.open_count() == 0u);
}

BOOST_AUTO_TEST_CASE(a_long_message_is_cut_between_characters) {
  const auto observer = make(sink, faulty);
  std::string path = "/run/";
  while (path.size() < 300) path += "\xc3\xa9";  // e acute, two bytes
  tb_error error = {};
  BOOST_TEST(!files_of(Toy::host).open(Toy::host, (path + "/a").c_str(), TB_FILE_APPEND, &error));
  const std::string message = error.message;
  BOOST_TEST(message.size() <= 255u);
  BOOST_TEST(message.back() == '\xa9');
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
