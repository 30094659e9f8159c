#include <boost/test/unit_test.hpp>

#include "checkpoint_disk.hpp"

namespace trainbus::testing {

namespace fs = std::filesystem;

struct PruneFixture {
  FaultyFileSystem disk;
  FileSystem& files = disk.files();
  fs::path checkpoints = "/run/checkpoints";

  PruneFixture() {
    for (std::uint64_t step : {1, 2, 3, 4, 5}) write_checkpoint(files, checkpoints, step);
  }
  fs::path at(std::uint64_t step) const { return checkpoints / step_folder_name(step); }
  void damage(std::uint64_t step) { files.replace(at(step) / "model.safetensors", "damage"); }
  // The same size: only a look at every byte finds it.
  void damage_silently(std::uint64_t step) {
    files.replace(at(step) / "model.safetensors", std::string(47, 'x'));
  }
  // The last digits of what is there, in order.
  std::string left() {
    std::string steps;
    for (const std::string& name : files.list(checkpoints)) steps += name.substr(12);
    return steps;
  }
  std::vector<fs::path> pruned(std::size_t keep, std::vector<fs::path> spared = {}) {
    return prune(files, checkpoints, keep, spared);
  }
};

BOOST_FIXTURE_TEST_SUITE(checkpoint_prune_test, PruneFixture)

BOOST_AUTO_TEST_CASE(the_oldest_go_first_until_as_many_as_asked_for_are_left) {
  const std::vector<fs::path> removed = pruned(3);
  BOOST_REQUIRE(removed.size() == 2u);
  BOOST_TEST(removed[0] == at(1));
  BOOST_TEST(removed[1] == at(2));
  BOOST_TEST(left() == "345");
  BOOST_TEST(pruned(3).empty());
}

BOOST_AUTO_TEST_CASE(there_are_never_less_than_two) {
  pruned(0);
  BOOST_TEST(left() == "45");
  pruned(1);
  BOOST_TEST(left() == "45");
}

BOOST_AUTO_TEST_CASE(damaged_ones_do_not_count) {
  damage_silently(5);
  damage(4);
  pruned(2);
  BOOST_TEST(left() == "2345");
}

BOOST_AUTO_TEST_CASE(damaged_ones_older_than_all_that_stay_go_too) {
  damage(1);
  files.remove(at(2) / "MANIFEST");
  files.rename_over(at(3), checkpoints / "step-00000003.bad");
  BOOST_TEST(pruned(2).size() == 3u);
  BOOST_TEST(left() == "45");
}

BOOST_AUTO_TEST_CASE(files_where_folders_should_be_are_in_nobodys_way) {
  for (const char* name : {"step-00000000", "step-00000002.bad", "step-00000006.tmp-1"})
    files.replace(checkpoints / name, "a file");
  BOOST_TEST(remove_temporaries(files, checkpoints).size() == 1u);
  BOOST_TEST(pruned(2).size() == 5u);
  BOOST_TEST(left() == "45");
  files.replace(checkpoints / "step-00000006", "a file");
  for (int i = 0; i < 2; ++i) write_checkpoint(files, checkpoints, 6);
  BOOST_TEST(newest_step(files, checkpoints) == 6u);
}

BOOST_AUTO_TEST_CASE(nothing_goes_while_there_are_fewer_good_ones_than_asked_for) {
  for (std::uint64_t step : {2, 3, 4, 5}) damage(step);
  BOOST_TEST(pruned(2).empty());
  BOOST_TEST(left() == "12345");
  BOOST_TEST(prune(files, "/run/none", 2).empty());
}

BOOST_AUTO_TEST_CASE(those_that_the_caller_names_stay) {
  pruned(2, {at(1), "elsewhere/step-00000005"});
  BOOST_TEST(left() == "1345");
}

BOOST_AUTO_TEST_CASE(wherever_pruning_is_cut_short_the_last_two_are_good) {
  for (std::uint64_t k = 1, met = 1; met; ++k)
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      PruneFixture fresh;
      fresh.disk.fail(Fault::DiskGone, k);
      try {
        fresh.pruned(3);
      } catch (const RunError&) {
      }
      met = fresh.disk.fault_met();
      fresh.disk.heal();
      seed == 0 ? fresh.disk.lose_power() : fresh.disk.lose_power(seed);
      BOOST_TEST_CONTEXT("call " << k << ", damage " << seed) {
        for (std::uint64_t step : {3, 4, 5})
          BOOST_TEST(damage_of(fresh.files, fresh.at(step)) == "(it is good)");
        fresh.pruned(3);
        BOOST_TEST(fresh.left() == "345");
      }
    }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
