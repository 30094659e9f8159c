// Full disks: a real one if it can be mounted.
#include <boost/test/unit_test.hpp>

#include <sys/mount.h>

#include <cerrno>
#include <cstring>

#include "checkpoint_disk.hpp"
#include "support/file_size_limit.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {

namespace fs = std::filesystem;

namespace {

// A file system of 64 KiB in memory; only the superuser may mount one.
class TinyDisk {
 public:
  TinyDisk() : mounted_(::mount("tmpfs", path().c_str(), "tmpfs", 0, "size=64k") == 0) {
    if (!mounted_) why_ = std::strerror(errno);
  }
  ~TinyDisk() {
    if (mounted_) ::umount2(path().c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  const std::string& why() const { return why_; }
  const fs::path& path() const { return folder_.path(); }

 private:
  ScratchFolder folder_;
  bool mounted_;
  std::string why_;
};

// Writes a checkpoint of a step with a file of this size; the estimate says nothing of it.
std::string try_to_write(const fs::path& checkpoints, std::uint64_t step, std::size_t size,
                         std::uint64_t reserved = 0) {
  return run_error([&] {
    CheckpointWriter writer(file_system(), checkpoints, step, 0);
    writer.open("large", reserved).append(std::string(size, 'x'));
    writer.commit();
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoint_full_disk_test)

BOOST_AUTO_TEST_CASE(too_little_space_is_refused_before_anything_is_written) {
  FaultyFileSystem disk;
  disk.set_free_bytes(1099);
  const std::string message =
      run_error([&] { CheckpointWriter(disk.files(), "/run/checkpoints", 7, 1000); });
  BOOST_TEST(message ==
             "/run/checkpoints: the disk has 1099 bytes free, a checkpoint needs 1100. Free some "
             "space; the checkpoints that are there stay.");
  BOOST_TEST(disk.files().list("/run/checkpoints").empty());
  disk.set_free_bytes(1100);
  CheckpointWriter(disk.files(), "/run/checkpoints", 7, 1000);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_larger_than_the_disk_is_refused_when_it_is_opened) {
  FaultyFileSystem disk;
  disk.set_free_bytes(5000);
  CheckpointWriter writer(disk.files(), "/run/checkpoints", 7, 1000);
  BOOST_TEST(contains(run_error([&] { writer.open("a", 5001); }), "No space left on device"));
}

BOOST_AUTO_TEST_CASE(no_disk_has_space_for_the_largest_estimate) {
  const ScratchFolder folder;
  const std::string message =
      run_error([&] { CheckpointWriter(file_system(), folder.path(), 7, UINT64_MAX / 2); });
  BOOST_TEST(contains(message, "bytes free, a checkpoint needs"));
}

BOOST_AUTO_TEST_CASE(a_file_that_may_not_grow_leaves_the_old_checkpoint_and_nothing_else) {
  const ScratchFolder folder;
  write_checkpoint(file_system(), folder.path(), 1);
  {
    const FileSizeLimit limit(3000);
    BOOST_TEST(contains(try_to_write(folder.path(), 2, 3001), "File too large"));
  }
  BOOST_TEST(newest_step(file_system(), folder.path()) == 1u);
  BOOST_TEST(file_system().list(folder.path()).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_full_disk_keeps_the_old_checkpoint_and_takes_the_next_that_fits) {
  const TinyDisk disk;
  if (!disk.mounted()) {
    BOOST_TEST_MESSAGE("left out, since no file system can be mounted here: " << disk.why());
    return;
  }
  FileSystem& files = file_system();
  write_checkpoint(files, disk.path(), 1);
  BOOST_TEST(contains(try_to_write(disk.path(), 2, 100'000), "No space left on device"));
  BOOST_TEST(contains(try_to_write(disk.path(), 2, 1, 100'000), "No space left on device"));
  BOOST_TEST(contains(run_error([&] { CheckpointWriter(files, disk.path(), 2, 100'000); }),
                      "a checkpoint needs 110000"));
  BOOST_TEST(newest_step(files, disk.path()) == 1u);
  BOOST_TEST(files.list(disk.path()).size() == 1u);
  write_checkpoint(files, disk.path(), 3);
  BOOST_TEST(newest_step(files, disk.path()) == 3u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
