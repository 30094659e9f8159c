// Files of rewards: found, checked before their code runs, refused with the reason.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <elf.h>

#include <cstddef>
#include <filesystem>
#include <ostream>

#include "core/io/file_system.hpp"
#include "core/plan/run_plugins.hpp"
#include "core/reward/toy_reward.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {
namespace {

namespace fs = std::filesystem;

const fs::path good = TRAINBUS_BINARY_DIR "/tests/core/plugins/length.so";
const fs::path bad_folder = TRAINBUS_BINARY_DIR "/bad_rewards";

struct Refused {
  const char* file;
  const char* found;
  const char* remedy;
};
std::ostream& operator<<(std::ostream& out, const Refused& r) { return out << r.file; }
const Refused refused[] = {
    {"wrong_major", "has the reward ABI 2, expected 1", "header trainbus/reward.h"},
    {"later_major", "was built for version 2 of the reward ABI, this trainbus has version 1",
     "Use a release of the plugin"},
    {"short_module", "trainbus_reward_v1 has 8 bytes, expected 32 or more", "Rebuild"},
    {"short_reward", "its reward's description has 16 bytes, expected 104 or more", "Rebuild"},
    {"needs_newer", "needs_newer needs the reward ABI 1.99, this trainbus has 1.0",
     "Update trainbus"},
    {"both_kinds", "exports trainbus_module_v1 and trainbus_reward_v1, expected one",
     "one file for the observers and one for the rewards"},
    {"../bad_plugins/no_symbol", "does not export trainbus_module_v1 or trainbus_reward_v1",
     "TRAINBUS_REWARD"},
    {"../bad_plugins/truncated", "is damaged or cut short", "again"},
    {"../bad_plugins/throws", "'throws' is a sink observer, expected a reward", "plugins list"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(reward_file_test)

BOOST_AUTO_TEST_CASE(a_reward_is_found_by_its_id_or_its_file_and_describes_itself) {
  Catalog catalog({good.parent_path()});
  const Plugin& plugin = find_reward("length", catalog);
  BOOST_TEST((plugin.kind == Plugin::Kind::Reward));
  BOOST_TEST(plugin.id == "length");
  BOOST_TEST(plugin.version() == "1.2.3");
  BOOST_TEST(plugin.summary() == "adds up what it sees");
  BOOST_TEST(plugin.role() == "reward");
  BOOST_TEST_REQUIRE(plugin.options().size() == 1u);
  BOOST_TEST(plugin.options()[0].name == "factor");
  const ScratchFolder folder;
  fs::copy(good, folder / "renamed.so");
  BOOST_TEST(find_reward((folder / "renamed.so").string(), catalog).id == "length");
  BOOST_TEST(has(refusal([&] { find_reward("lenght", catalog); }), "Did you mean 'length'?"));
}

BOOST_AUTO_TEST_CASE(of_several_rewards_in_a_file_a_link_s_name_chooses) {
  const ScratchFolder folder;
  const fs::path two = TRAINBUS_BINARY_DIR "/tests/core/plugins/two_rewards.so";
  Catalog catalog;
  BOOST_TEST(has(refusal([&] { find_reward(two.string(), catalog); }),
                 "offers 'acme.brief', 'acme.everything', expected 'two_rewards'"));
  for (const char* id : {"acme.brief", "acme.everything"}) {
    fs::create_symlink(two, folder / (id + std::string(".so")));
    BOOST_TEST(find_reward((folder / (id + std::string(".so"))).string(), catalog).id == id);
  }
}

BOOST_DATA_TEST_CASE(a_file_that_is_no_reward_of_ours_is_refused_with_the_reason,
                     boost::unit_test::data::make(refused), file) {
  Catalog catalog;
  const fs::path path = bad_folder / (std::string(file.file) + ".so");
  const std::string message = refusal([&] { find_reward(path.string(), catalog); });
  BOOST_TEST_INFO(message);
  BOOST_TEST(has(message, fs::weakly_canonical(path).string()));
  BOOST_TEST_INFO(message);
  BOOST_TEST(has(message, file.found));
  BOOST_TEST_INFO(message);
  BOOST_TEST(has(message, file.remedy));
}

BOOST_AUTO_TEST_CASE(a_reward_for_another_machine_is_refused) {
  const ScratchFolder folder;
  std::string bytes = file_system().read_all(good);
  bytes[offsetof(Elf64_Ehdr, e_machine)] = static_cast<char>(EM_S390);
  bytes[offsetof(Elf64_Ehdr, e_machine) + 1] = 0;
  file_system().replace(folder / "length.so", bytes);
  Catalog catalog;
  const std::string message =
      refusal([&] { find_reward((folder / "length.so").string(), catalog); });
  BOOST_TEST(has(message, "was built for another machine"), message);
}

BOOST_AUTO_TEST_CASE(a_reward_is_no_plugin_that_a_run_is_composed_of) {
  Catalog catalog;
  PluginPlan plan;
  plan.added = {{good.string(), "command line"}};
  BOOST_CHECK_EXCEPTION(load_plugins(plan, catalog), UsageError, [](const UsageError& error) {
    return has(error.what(), "'length' is a reward, expected an observer or an optimizer") &&
           has(error.what(), "--objective " + good.string());
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
