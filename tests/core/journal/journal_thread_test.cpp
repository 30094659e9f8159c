// The thread that syncs the journal; appends do not wait for it.
#include <boost/test/unit_test.hpp>

#include <condition_variable>
#include <memory>
#include <mutex>

#include "core/io/file_system.hpp"
#include "journal_samples.hpp"
#include "support/simulated_disk.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {

using namespace journal;

namespace {

// A disk for two threads, whose fdatasync can be held.
class HeldDisk : public SimulatedDisk {
 public:
  ssize_t write(int fd, const void* bytes, std::size_t size) override {
    const std::lock_guard lock(mutex_);
    return SimulatedDisk::write(fd, bytes, size);
  }
  int fdatasync(int fd) override {
    std::unique_lock lock(mutex_);
    waiting_ = true;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !held_; });
    waiting_ = false;
    return SimulatedDisk::fdatasync(fd);
  }
  void hold(bool held) {
    const std::lock_guard lock(mutex_);
    held_ = held;
    changed_.notify_all();
  }
  void wait_for_sync() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_; });
  }
  std::string after_power_loss() {
    const std::lock_guard lock(mutex_);
    lose_power();
    return *content(journal_path);
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool held_ = false, waiting_ = false;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(journal_thread_test)

BOOST_AUTO_TEST_CASE(appends_go_on_while_the_disk_syncs) {
  HeldDisk disk;
  const std::unique_ptr<FileSystem> files = make_file_system(disk);
  Writer writer(*files, journal_path, sample_header());
  disk.hold(true);
  BOOST_TEST(writer.append(Attempt{}));
  disk.wait_for_sync();  // the thread's, without anybody asking for it
  for (std::uint64_t step = 1; step <= 10'000; ++step)
    BOOST_REQUIRE(writer.append(sample_step(step)));
  disk.hold(false);
  BOOST_TEST(writer.flush());
  BOOST_TEST(read_bytes(*disk.content(journal_path)).last_step == 10'000u);
  BOOST_TEST(read_bytes(disk.after_power_loss()).last_step == 10'000u);
}

BOOST_AUTO_TEST_CASE(the_destructor_brings_all_to_disk) {
  HeldDisk disk;
  const std::unique_ptr<FileSystem> files = make_file_system(disk);
  {
    Writer writer(*files, journal_path, sample_header());
    writer.append(Attempt{});
    writer.append(sample_step(1));
  }
  BOOST_TEST(read_bytes(disk.after_power_loss()).last_step == 1u);
}

BOOST_AUTO_TEST_CASE(a_real_file_holds_what_was_appended) {
  const ScratchFolder folder;
  Writer writer(file_system(), folder / "journal", sample_header());
  const std::vector<Record> records = sample_records();
  for (const Record& record : records) BOOST_TEST(writer.append(record));
  BOOST_TEST((journal::read(file_system(), folder / "journal").records == records));
  BOOST_TEST(writer.flush());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
