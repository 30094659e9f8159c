// Every system call of an action fails once, in every way: nothing is left half done.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "core/io/error.hpp"
#include "core/plan/run_record.hpp"
#include "support/fault_loop.hpp"

namespace trainbus::testing {

using Mode = FileSystem::Mode;
namespace data = boost::unit_test::data;

BOOST_AUTO_TEST_SUITE(file_fault_test)

BOOST_DATA_TEST_CASE(an_append_writes_all_or_nothing, data::make(faults), fault) {
  const std::uint64_t calls = at_every_call(
      fault, [](FileSystem& files) { files.open("/run/a", Mode::New)->append("first\n"); },
      [](FileSystem& files) { files.open("/run/a", Mode::Append)->append("second\n"); },
      [](FaultyFileSystem& disk, bool succeeded) {
        BOOST_TEST(*disk.content("/run/a") == (succeeded ? "first\nsecond\n" : "first\n"));
      });
  BOOST_TEST(calls >= 4u);  // open, length, write, close
}

BOOST_AUTO_TEST_CASE(a_torn_record_that_cannot_be_cut_off_is_cut_off_before_the_next) {
  FaultyFileSystem disk;
  const auto file = disk.files().open("/run/a", Mode::New);
  file->append("first\n");
  disk.fail(Fault::DiskGone, 1);
  BOOST_CHECK_THROW(file->append("second\n"), RunError);
  BOOST_TEST(*disk.content("/run/a") == "first\nsec");
  BOOST_CHECK_THROW(file->append("third\n"), RunError);
  disk.heal();
  file->append("fourth\n");
  BOOST_TEST(*disk.content("/run/a") == "first\nfourth\n");
}

BOOST_DATA_TEST_CASE(a_replacement_is_whole_or_has_not_happened, data::make(faults), fault) {
  const std::uint64_t calls = at_every_call(
      fault, [](FileSystem& files) { files.replace("/run/a", "old content"); },
      [](FileSystem& files) { files.replace("/run/a", "new content"); },
      [](FaultyFileSystem& disk, bool succeeded) {
        const std::string found = *disk.content("/run/a");
        BOOST_TEST((found == "new content" || (!succeeded && found == "old content")));
        BOOST_TEST(disk.file_count() == 1u);  // no temporary
      });
  BOOST_TEST(calls >=
             8u);  // open, length, write, fsync, close, rename, open and fsync of the folder
}

BOOST_DATA_TEST_CASE(after_power_loss_a_replacement_is_whole_and_a_reported_one_is_there,
                     data::make(faults) + data::make(Fault::DiskGone), fault) {
  at_every_call(
      fault, [](FileSystem& files) { files.replace("/run/a", "old content"); },
      [](FileSystem& files) { files.replace("/run/a", "new content"); },
      [](FaultyFileSystem& disk, bool succeeded) {
        disk.lose_power();
        BOOST_REQUIRE(disk.content("/run/a"));
        const std::string found = *disk.content("/run/a");
        BOOST_TEST((found == "new content" || (!succeeded && found == "old content")));
      });
}

BOOST_DATA_TEST_CASE(what_was_synced_survives_power_loss, data::make(faults), fault) {
  at_every_call(
      fault,
      [](FileSystem& files) {
        files.replace("/run/a", "old\n");  // so that the name is on disk
      },
      [](FileSystem& files) {
        const auto file = files.open("/run/a", Mode::Append);
        file->append("new\n");
        file->sync();
      },
      [](FaultyFileSystem& disk, bool succeeded) {
        disk.lose_power();
        BOOST_TEST(*disk.content("/run/a") == (succeeded ? "old\nnew\n" : "old\n"));
      });
}

BOOST_DATA_TEST_CASE(reading_gives_the_whole_content_or_an_error, data::make(faults), fault) {
  std::string content;
  at_every_call(
      fault, [](FileSystem& files) { files.replace("/run/a", "some content"); },
      [&](FileSystem& files) { content = files.read_all("/run/a"); },
      [&](FaultyFileSystem&, bool succeeded) {
        BOOST_TEST((!succeeded || content == "some content"));
      });
}

BOOST_DATA_TEST_CASE(folders_are_made_and_on_disk_or_refused, data::make(faults), fault) {
  at_every_call(
      fault, [](FileSystem&) {},
      [](FileSystem& files) {
        files.make_folders("/run/x/y");
        files.replace("/run/x/y/a", "content");
      },
      [](FaultyFileSystem& disk, bool succeeded) {
        disk.lose_power();
        if (succeeded) BOOST_TEST(disk.content("/run/x/y/a").value_or("lost") == "content");
      });
}

BOOST_DATA_TEST_CASE(a_tree_is_gone_or_the_failure_is_reported, data::make(faults), fault) {
  at_every_call(
      fault,
      [](FileSystem& files) {
        files.make_folders("/run/x/y");
        files.replace("/run/x/a", "");
        files.replace("/run/x/y/b", "");
      },
      [](FileSystem& files) { files.remove_tree("/run/x"); },
      [](FaultyFileSystem& disk, bool succeeded) {
        BOOST_TEST((!succeeded || !disk.files().exists("/run/x")));
      });
}

BOOST_DATA_TEST_CASE(a_rename_that_must_not_replace_has_happened_or_not,
                     data::make(faults) * data::make({true, false}), fault, in_one_step) {
  at_every_call(
      fault,
      [](FileSystem& files) {
        files.make_folders("/run/x");
        files.replace("/run/x/a", "content");
        files.make_folders("/run/there");
      },
      [](FileSystem& files) {
        if (files.rename_new("/run/x", "/run/there")) BOOST_ERROR("replaced what was there");
        if (!files.rename_new("/run/x", "/run/y")) BOOST_ERROR("found what is not there");
      },
      [](FaultyFileSystem& disk, bool succeeded) {
        BOOST_TEST((disk.content("/run/x/a").has_value() != disk.content("/run/y/a").has_value()));
        BOOST_TEST((!succeeded || disk.content("/run/y/a").has_value()));
      },
      [in_one_step = in_one_step](FaultyFileSystem& disk) { disk.have_rename_new(in_one_step); });
}

BOOST_DATA_TEST_CASE(a_lock_is_held_or_refused, data::make(faults), fault) {
  at_every_call(
      fault, [](FileSystem&) {},
      [](FileSystem& files) {
        const RunLock lock("/run", files);
        BOOST_CHECK_THROW(RunLock("/run", files), UsageError);
      },
      [](FaultyFileSystem& disk, bool) { RunLock("/run", disk.files()); });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
