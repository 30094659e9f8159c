// Plugin files' descriptions, read without loading: they equal those after loading, and damaged
// files only cause exceptions.
#include "plugin_listing.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <random>

#include "core/host/catalog.hpp"
#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {
namespace {

namespace fs = std::filesystem;

const fs::path plugin = TOY_ROOT "/plugins/ema.so";

void write(const fs::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}

// Whether it was read; anything but a PluginError fails the test.
bool is_read(const fs::path& file) {
  try {
    return !cli::plugins_in(file, "").empty();
  } catch (const PluginError&) {
    return false;
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plugin_listing)

BOOST_AUTO_TEST_CASE(reading_a_file_tells_what_loading_it_tells) {
  const fs::path folder = TRAINBUS_BINARY_DIR "/plugins";
  for (const char* id : {"ema", "progress", "csv", "tensorboard", "jsonl"}) {
    const Plugin& loaded = Catalog({folder}).load(id);
    const std::vector<cli::ListedPlugin> listed =
        cli::plugins_in(folder / (id + std::string(".so")), "");
    BOOST_TEST_REQUIRE(listed.size() == 1u);
    BOOST_TEST(listed[0].id == loaded.id);
    BOOST_TEST(listed[0].version == loaded.version());
    BOOST_TEST(listed[0].summary == loaded.summary());
    BOOST_TEST(listed[0].role == loaded.role());
  }
}

BOOST_AUTO_TEST_CASE(reading_a_reward_tells_what_loading_it_tells) {
  const fs::path folder = TOY_ROOT "/plugins";
  const Plugin& loaded = Catalog({folder}).load("acme.brief");
  const std::vector<cli::ListedPlugin> listed = cli::plugins_in(folder / "acme.brief.so", "");
  BOOST_TEST_REQUIRE(listed.size() == 1u);
  BOOST_TEST(listed[0].id == loaded.id);
  BOOST_TEST(listed[0].version == loaded.version());
  BOOST_TEST(listed[0].summary == loaded.summary());
  BOOST_TEST(listed[0].role == loaded.role());
}

BOOST_AUTO_TEST_CASE(an_optimizer_of_another_build_is_refused_and_one_of_this_build_described) {
  const fs::path optimizer = TOY_ROOT "/plugins/mezo.so";
  BOOST_TEST(cli::plugins_in(optimizer, "test").at(0).summary == "a toy called mezo");
  BOOST_TEST(cli::plugins_in(optimizer, "").at(0).role == "optimizer");
  BOOST_CHECK_THROW(cli::plugins_in(optimizer, "another"), PluginError);
}

BOOST_AUTO_TEST_CASE(a_file_cut_off_anywhere_is_refused) {
  const ScratchFolder scratch;
  const std::string whole = file_system().read_all(plugin);
  for (std::size_t length = 0; length < whole.size(); length += 1 + whole.size() / 150) {
    write(scratch / "cut.so", whole.substr(0, length));
    BOOST_TEST(!is_read(scratch / "cut.so"), "read although cut off after " << length << " bytes");
  }
}

BOOST_AUTO_TEST_CASE(a_file_with_damaged_bytes_is_read_or_refused) {
  const ScratchFolder scratch;
  const std::string whole = file_system().read_all(plugin);
  std::mt19937 random(1);
  std::size_t read = 0;
  for (int round = 0; round < 300; ++round) {
    std::string damaged = whole;
    for (int i = 0; i < 40; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
    write(scratch / "damaged.so", damaged);
    read += is_read(scratch / "damaged.so");
  }
  BOOST_TEST(read < 300u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
