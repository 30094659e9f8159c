// Every system call of writing a checkpoint fails in every way, or is the last one before a power
// loss: afterwards the new checkpoint or the old one is complete.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "checkpoint_disk.hpp"
#include "support/fault_loop.hpp"

namespace trainbus::testing {

namespace data = boost::unit_test::data;

namespace {

const std::string checkpoints = "/run/checkpoints";

void write_old(FileSystem& files) { write_checkpoint(files, checkpoints, 1); }
void write_new(FileSystem& files) { write_checkpoint(files, checkpoints, 2); }
void damage_new(FileSystem& files) {
  files.replace(checkpoints + "/step-00000002/observers/ema", "damage");
}

// The state before the checkpoint of step 2 is written.
enum class Before { Old, Same, SameButDamaged };
std::ostream& operator<<(std::ostream& out, Before before) {
  return out << "before " << static_cast<int>(before);
}
const Before befores[] = {Before::Old, Before::Same, Before::SameButDamaged};

void prepare(FileSystem& files, Before before) {
  write_old(files);
  if (before != Before::Old) write_new(files);
  if (before == Before::SameButDamaged) damage_new(files);
}

// newest: the newest good step after an attempt to write step 2.
void check_newest(std::uint64_t newest, bool succeeded) {
  BOOST_TEST((newest == 2 || (newest == 1 && !succeeded)), "found step " << newest);
}

// Writes step 2 until the power goes at call k; true if it was written before.
bool write_until(FaultyFileSystem& disk, std::uint64_t k) {
  disk.fail(Fault::DiskGone, k);
  bool succeeded = true;
  try {
    write_new(disk.files());
  } catch (const RunError&) {
    succeeded = false;
  }
  return succeeded;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoint_fault_test)

BOOST_DATA_TEST_CASE(a_failed_call_leaves_the_old_or_the_new_checkpoint_and_is_reported,
                     data::make(faults) * data::make(befores), fault, before) {
  const std::uint64_t calls = at_every_call(
      fault, [&](FileSystem& files) { prepare(files, before); }, write_new,
      [&](FaultyFileSystem& disk, bool succeeded) {
        check_newest(newest_step(disk.files(), checkpoints), succeeded);
        if (before == Before::Old)
          BOOST_TEST(newest_good(disk.files(), checkpoints).temporaries.empty());
      });
  BOOST_TEST(calls > 40u);
}

BOOST_DATA_TEST_CASE(a_killed_process_leaves_the_old_or_the_new_checkpoint, data::make(befores),
                     before) {
  bool met = true;
  for (std::uint64_t k = 1; met; ++k) {
    FaultyFileSystem disk;
    prepare(disk.files(), before);
    const bool succeeded = write_until(disk, k);
    met = disk.fault_met();
    disk.heal();
    BOOST_TEST_CONTEXT("call " << k) {
      check_newest(newest_step(disk.files(), checkpoints), succeeded);
      remove_temporaries(disk.files(), checkpoints);
      write_new(disk.files());
      BOOST_TEST(newest_step(disk.files(), checkpoints) == 2u);
      BOOST_TEST(newest_good(disk.files(), checkpoints).temporaries.empty());
    }
  }
}

BOOST_DATA_TEST_CASE(a_power_loss_leaves_the_old_or_the_new_checkpoint,
                     data::make(befores) * data::xrange(12), before, seed) {
  bool met = true;
  for (std::uint64_t k = 1; met; ++k) {
    FaultyFileSystem disk;
    prepare(disk.files(), before);
    const bool succeeded = write_until(disk, k);
    met = disk.fault_met();
    disk.heal();
    const auto damage = 1000 * k + static_cast<std::uint64_t>(seed);
    seed == 0 ? disk.lose_power() : disk.lose_power(damage);
    BOOST_TEST_CONTEXT("call " << k) {
      check_newest(newest_step(disk.files(), checkpoints), succeeded);
      // And again, while the next attempt cleans up and continues.
      disk.fail(Fault::DiskGone, 1 + damage % 50);
      try {
        remove_temporaries(disk.files(), checkpoints);
        write_new(disk.files());
      } catch (const RunError&) {
      }
      disk.heal();
      seed == 0 ? disk.lose_power() : disk.lose_power(damage + 1);
      check_newest(newest_step(disk.files(), checkpoints), succeeded);
    }
  }
}

// So that the loops above detect a missing call.
BOOST_AUTO_TEST_CASE(every_file_and_every_folder_is_synced_because_it_must_be) {
  std::uint64_t needed = 0;
  for (std::uint64_t j = 1, syncs = 1; j <= syncs; ++j) {
    FaultyFileSystem disk;
    prepare(disk.files(), Before::Old);
    disk.lie_about_sync(j);
    write_new(disk.files());
    syncs = disk.syncs();
    disk.lose_power();
    const std::uint64_t newest = newest_step(disk.files(), checkpoints);
    check_newest(newest, false);
    if (newest == 1) ++needed;
  }
  // Three files (the fourth is empty), MANIFEST, two subfolders, the folder, that of checkpoints.
  BOOST_TEST(needed == 8u);
}

BOOST_DATA_TEST_CASE(a_fault_in_looking_for_the_newest_gives_a_good_one_or_an_error,
                     data::make(faults), fault) {
  std::uint64_t found = 0;
  at_every_call(
      fault, [](FileSystem& files) { prepare(files, Before::Same); },
      [&](FileSystem& files) {
        const CheckpointSearch search = newest_good(files, checkpoints);
        found = search.newest ? search.newest->step : 0;
        if (found != 2) BOOST_TEST(!search.rejected.empty());
      },
      [&](FaultyFileSystem& disk, bool succeeded) {
        if (succeeded) BOOST_TEST((found == 2 || found == 1));
        BOOST_TEST(newest_step(disk.files(), checkpoints) == 2u);
      });
}

BOOST_AUTO_TEST_CASE(where_nothing_can_be_renamed_without_replacing_it_is_checked_before) {
  FaultyFileSystem disk;
  disk.have_rename_new(false);
  for (const Before before : befores) {
    prepare(disk.files(), before);
    write_new(disk.files());
    BOOST_TEST(newest_step(disk.files(), checkpoints) == 2u);
    disk.files().remove_tree(checkpoints);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
