// Every system call of a journal's writer fails once, in every way, and the process is killed or
// power is lost at any time: records that append accepted and flush confirmed are kept.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "journal_samples.hpp"
#include "support/captured_log.hpp"
#include "support/fault_loop.hpp"

namespace trainbus::testing {

using namespace journal;
namespace data = boost::unit_test::data;

namespace {

const Fault all_faults[] = {Fault::None,    Fault::Interrupted, Fault::ShortTransfer,
                            Fault::NoSpace, Fault::DiskFull,    Fault::IoError,
                            Fault::DiskGone};

// A run on a failing disk: appends the sample's records, flushes after every third.
class Session {
 public:
  explicit Session(FaultyFileSystem& disk) : disk_(disk) {}

  // Whether there is a journal: what cannot be made at all is refused.
  bool open() {
    try {
      writer_.emplace(disk_.files(), journal_path, sample_header(), Writer::Sync::OnFlush);
    } catch (const RunError&) {
      return false;
    }
    return true;
  }
  bool done() const { return appended_ == records_.size(); }
  void append_next() {
    const bool written = writer_->append(records_[appended_++]);
    if (written) accepted_ = appended_;
    if (appended_ % 3 == 0) flush();
  }
  bool flush() {
    const bool synced = writer_->flush();
    if (synced) confirmed_ = accepted_ = appended_;
    return synced;
  }

  std::size_t appended() const { return appended_; }
  std::size_t accepted() const { return accepted_; }
  std::size_t confirmed() const { return confirmed_; }
  // Whether what a new process finds is the first records of this one, at least so many.
  void check_found(std::size_t at_least) const {
    const std::optional<std::string> bytes = disk_.content(journal_path);
    BOOST_REQUIRE(bytes);
    const std::vector<Record> found = read_bytes(*bytes).records;
    BOOST_TEST(found.size() >= at_least);
    BOOST_TEST(found.size() <= appended_);
    BOOST_TEST(std::equal(found.begin(), found.end(), records_.begin()));
  }

 private:
  FaultyFileSystem& disk_;
  const std::vector<Record> records_ = sample_records();
  std::optional<Writer> writer_;
  std::size_t appended_ = 0, accepted_ = 0, confirmed_ = 0;
};

// A kernel that drops data after a failed sync: reads return zeros for it.
class ForgetfulDisk : public SimulatedDisk {
 public:
  void fail_next_sync() { failing_ = true; }
  int fdatasync(int fd) override {
    if (!std::exchange(failing_, false)) {
      synced_ = static_cast<std::uint64_t>(length(fd));
      return SimulatedDisk::fdatasync(fd);
    }
    lost_from_ = synced_;
    errno = EIO;
    return -1;
  }
  ssize_t pread(int fd, void* bytes, std::size_t size, std::uint64_t offset) override {
    const ssize_t n = SimulatedDisk::pread(fd, bytes, size, offset);
    for (std::uint64_t i = 0; static_cast<ssize_t>(i) < n; ++i)
      if (offset + i >= lost_from_) static_cast<char*>(bytes)[i] = '\0';
    return n;
  }
  int rename(const char* from, const char* to) override {
    lost_from_ = ~std::uint64_t{0};
    return SimulatedDisk::rename(from, to);
  }

 private:
  bool failing_ = false;
  std::uint64_t synced_ = 0, lost_from_ = ~std::uint64_t{0};
};

struct QuietTerminal {
  QuietTerminal() { log::set_level(log::Level::Error); }
  ~QuietTerminal() { log::set_level(log::Level::Info); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(journal_fault_test, *boost::unit_test::fixture<QuietTerminal>())

BOOST_DATA_TEST_CASE(what_append_accepted_is_there_after_a_kill_whatever_call_failed,
                     data::make(all_faults), fault) {
  for (std::uint64_t k = 1;; ++k) {
    FaultyFileSystem disk;
    Session session(disk);
    disk.fail(fault, k);
    BOOST_TEST_CONTEXT("call " << k) {
      if (session.open()) {
        while (!session.done()) {
          session.append_next();
          session.check_found(session.accepted());
          if (is_harmless(fault)) BOOST_TEST(session.accepted() == session.appended());
        }
        const bool met = disk.fault_met();
        disk.heal();
        BOOST_TEST(session.flush());
        session.check_found(session.appended());
        if (!met) break;
      } else if (disk.content(journal_path)) {
        session.check_found(0);
      }
    }
  }
}

BOOST_DATA_TEST_CASE(what_flush_confirmed_is_there_after_the_power_went_whatever_call_failed,
                     data::make(all_faults), fault) {
  const std::size_t steps = sample_records().size();
  for (std::uint64_t k = 1;; ++k) {
    bool met = false;
    for (std::size_t crash = 0; crash <= steps; ++crash) {
      FaultyFileSystem disk;
      Session session(disk);
      disk.fail(fault, k);
      BOOST_TEST_CONTEXT("call " << k << ", crash after record " << crash) {
        const bool opened = session.open();
        while (opened && session.appended() < crash) session.append_next();
        met = met || disk.fault_met();
        disk.heal();
        disk.lose_power();
        if (opened || disk.content(journal_path)) session.check_found(session.confirmed());
      }
    }
    if (!met) break;
  }
}

BOOST_DATA_TEST_CASE(a_torn_journal_is_taken_up_again_or_refused_whatever_call_fails,
                     data::make(all_faults), fault) {
  const std::string whole = journal_bytes({Attempt{}, sample_step(1), sample_step(2)});
  const std::string torn = whole.substr(0, whole.size() - 10);
  for (std::uint64_t k = 1;; ++k) {
    FaultyFileSystem disk;
    disk.files().replace(journal_path, torn);
    disk.fail(fault, k);
    bool accepted = false;
    try {
      const Contents contents = journal::read(disk.files(), journal_path);
      Writer writer(disk.files(), journal_path, contents, Writer::Sync::OnFlush);
      accepted = writer.append(sample_step(2));
      if (is_harmless(fault)) BOOST_TEST(accepted);
    } catch (const RunError&) {
      BOOST_TEST(!is_harmless(fault));
    }
    const bool met = disk.fault_met();
    const Contents found = read_bytes(*disk.content(journal_path));
    BOOST_TEST(found.last_step >= (accepted ? 2u : 1u), "call " << k);
    if (!met) break;
  }
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_told_once_and_its_end_once) {
  FaultyFileSystem disk;
  const CapturedLog log;
  Writer writer(disk.files(), journal_path, sample_header(), Writer::Sync::OnFlush);
  writer.append(Attempt{});
  BOOST_TEST(writer.append(sample_step(1)));
  disk.fail(Fault::DiskFull, 1);
  BOOST_TEST(!writer.append(sample_step(2)));
  BOOST_TEST(!writer.append(sample_step(3)));
  BOOST_TEST(!writer.flush());
  BOOST_TEST(log.count("/run/journal") == 2u);  // the second names the file in the system's words
  BOOST_TEST(log.count("/run/journal: what came after step 1 is in memory only, a kill would lose "
                       "it. Is the disk full? It is tried again with every step. (/run/journal: "
                       "cannot append 72 bytes: No space left on device)") == 1u);
  disk.heal();
  BOOST_TEST(writer.append(sample_step(4)));
  BOOST_TEST(log.count("/run/journal: all is written again, up to step 4") == 1u);
  BOOST_TEST(log.count("\n") == 2u);
  BOOST_TEST(journal::read(disk.files(), journal_path).last_step == 4u);
}

BOOST_AUTO_TEST_CASE(a_disk_with_little_room_takes_what_fits) {
  FaultyFileSystem disk;
  Writer writer(disk.files(), journal_path, sample_header(), Writer::Sync::OnFlush);
  writer.append(Attempt{});
  disk.fail(Fault::DiskFull, 1);
  for (std::uint64_t step = 1; step <= 5; ++step) BOOST_TEST(!writer.append(sample_step(step)));
  disk.fail(Fault::DiskFull, 4);  // room for three
  BOOST_TEST(!writer.append(sample_step(6)));
  BOOST_TEST(read_bytes(*disk.content(journal_path)).last_step == 3u);
  disk.heal();
  BOOST_TEST(writer.flush());
  BOOST_TEST(journal::read(disk.files(), journal_path).last_step == 6u);
}

BOOST_AUTO_TEST_CASE(when_no_more_can_be_kept_in_memory_the_run_is_told_where_it_can_resume) {
  FaultyFileSystem disk;
  Writer writer(disk.files(), journal_path, sample_header(), Writer::Sync::OnFlush);
  writer.append(Attempt{});
  writer.append(sample_step(1));
  disk.fail(Fault::DiskFull, 1);
  const Save large{.step = 1, .path = std::string(1 << 20, 'x')};
  for (int i = 0; i < 7; ++i) BOOST_TEST(!writer.append(large));
  BOOST_CHECK_EXCEPTION(writer.append(large), RunError, [](const RunError& e) {
    return std::string(e.what()) ==
           "/run/journal: cannot be written, and no more of it is kept in memory: /run/journal: "
           "cannot append 1048601 bytes: No space left on device. When the disk can be written "
           "again, "
           "resume the run: it goes on after step 1.";
  });
}

BOOST_AUTO_TEST_CASE(after_a_failed_sync_the_journal_is_written_to_a_new_file) {
  FaultyFileSystem disk;
  const CapturedLog log;
  Writer writer(disk.files(), journal_path, sample_header(), Writer::Sync::OnFlush);
  writer.append(Attempt{});
  writer.append(sample_step(1));
  disk.fail(Fault::IoError, 1);
  BOOST_TEST(writer.flush());
  BOOST_TEST(log.count("/run/journal: all of it was written to a new file in its place, and is on "
                       "disk up to step 1. (/run/journal: cannot bring it to disk: Input/output "
                       "error)") == 1u);
  BOOST_TEST(writer.append(sample_step(2)));
  BOOST_TEST(writer.flush());
  BOOST_TEST(log.count("\n") == 1u);  // the new file can be trusted
  disk.lose_power();
  BOOST_TEST(read_bytes(*disk.content(journal_path)).last_step == 2u);
}

BOOST_AUTO_TEST_CASE(half_a_record_is_cut_off_even_if_the_file_had_to_be_opened_again) {
  FaultyFileSystem disk;
  Writer writer(disk.files(), journal_path, sample_header(), Writer::Sync::OnFlush);
  writer.append(Attempt{});
  writer.append(sample_step(1));
  disk.fail(Fault::DiskGone, 1);
  BOOST_TEST(!writer.append(sample_step(2)));
  BOOST_TEST(!writer.flush());
  BOOST_TEST(!read_bytes(*disk.content(journal_path)).whole());
  disk.heal();
  BOOST_TEST(writer.append(sample_step(3)));
  const Contents contents = read_bytes(*disk.content(journal_path));
  BOOST_TEST(contents.whole());
  BOOST_TEST(contents.last_step == 3u);
}

BOOST_AUTO_TEST_CASE(what_the_kernel_drops_after_a_failed_sync_is_written_from_memory) {
  ForgetfulDisk disk;
  const std::unique_ptr<FileSystem> files = make_file_system(disk);
  Writer writer(*files, journal_path, sample_header(), Writer::Sync::OnFlush);
  writer.append(Attempt{});
  writer.append(sample_step(1));
  BOOST_TEST(writer.flush());
  writer.append(sample_step(2));
  disk.fail_next_sync();
  BOOST_TEST(writer.flush());
  BOOST_TEST(writer.append(sample_step(3)));
  BOOST_TEST(writer.flush());
  disk.lose_power();
  BOOST_TEST(read_bytes(*disk.content(journal_path)).last_step == 3u);
}

BOOST_AUTO_TEST_CASE(a_disk_that_neither_syncs_nor_takes_a_new_file_is_told_once_and_its_end_once) {
  FaultyFileSystem disk;
  const CapturedLog log;
  Writer writer(disk.files(), journal_path, sample_header(), Writer::Sync::OnFlush);
  writer.append(Attempt{});
  writer.append(sample_step(1));
  BOOST_TEST(writer.flush());
  writer.append(sample_step(2));
  disk.fail(Fault::DiskGone, 1);
  BOOST_TEST(!writer.flush());
  BOOST_TEST(!writer.flush());
  BOOST_TEST(log.count("what came after step 1 is not on disk: a kill loses nothing, a power "
                       "failure would. It is tried again.") == 1u);
  disk.heal();
  BOOST_TEST(writer.flush());
  BOOST_TEST(log.count("is on disk up to step 2") == 1u);
  BOOST_TEST(log.count("\n") == 2u);
  BOOST_TEST(writer.append(sample_step(3)));
  BOOST_TEST(journal::read(disk.files(), journal_path).last_step == 3u);
}

BOOST_AUTO_TEST_CASE(more_than_is_kept_in_memory_is_read_back_for_the_new_file) {
  FaultyFileSystem disk;
  Writer writer(disk.files(), journal_path, sample_header(), Writer::Sync::OnFlush);
  writer.append(Attempt{});
  const Save large{.path = std::string(1 << 20, 'x')};
  for (int i = 0; i < 20; ++i) BOOST_TEST(writer.append(large));
  disk.fail(Fault::IoError, 1);
  BOOST_TEST(writer.flush());
  disk.lose_power();
  const Contents contents = read_bytes(*disk.content(journal_path));
  BOOST_TEST(contents.whole());
  BOOST_TEST(contents.records.size() == 21u);
}

BOOST_AUTO_TEST_CASE(a_journal_that_something_else_cut_is_not_put_together_wrongly) {
  FaultyFileSystem disk;
  const CapturedLog log;
  Writer writer(disk.files(), journal_path, sample_header(), Writer::Sync::OnFlush);
  writer.append(Attempt{});
  for (std::uint64_t step = 1; step <= 3; ++step) writer.append(sample_step(step));
  BOOST_TEST(writer.flush());
  writer.append(sample_step(4));
  disk.files().open(journal_path, FileSystem::Mode::Append)->truncate(200);
  disk.fail(Fault::IoError, 1);
  BOOST_TEST(!writer.flush());
  BOOST_TEST(log.count("it cannot be read back") == 1u);
  BOOST_TEST(!writer.append(sample_step(5)));
  BOOST_TEST(log.count("something else cut it") == 1u);
  BOOST_TEST(disk.content(journal_path)->size() == 200u);  // as it was left
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
