#include "core/io/file_system.hpp"

#include <sys/stat.h>

#include <boost/test/unit_test.hpp>

#include "core/io/error.hpp"
#include "support/file_size_limit.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {

namespace fs = std::filesystem;
using Mode = FileSystem::Mode;

struct FileSystemFixture {
  ScratchFolder folder;
  FileSystem& files = file_system();

  // The message of the RunError that action throws.
  template <class Action>
  static std::string refusal(Action action) {
    try {
      action();
    } catch (const RunError& e) {
      return e.what();
    }
    return "(nothing was thrown)";
  }
  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != text.npos;
  }
};

BOOST_FIXTURE_TEST_SUITE(file_system_test, FileSystemFixture)

BOOST_AUTO_TEST_CASE(appended_records_are_read_back) {
  const auto file = files.open(folder / "a", Mode::Append);
  file->append("one\n");
  file->append("");
  file->append(std::string_view("t\0o\n", 4));
  file->sync();
  BOOST_TEST(file->length() == 8u);
  BOOST_TEST(files.read_all(folder / "a") == std::string("one\nt\0o\n", 8));
  char bytes[3];
  file->read(5, bytes);
  BOOST_TEST(std::string(bytes, 3) == std::string("\0o\n", 3));
}

BOOST_AUTO_TEST_CASE(an_existing_file_is_continued_at_its_end) {
  files.open(folder / "a", Mode::Append)->append("one");
  const auto file = files.open(folder / "a", Mode::Append);
  BOOST_TEST(file->length() == 3u);
  file->append("two");
  BOOST_TEST(files.read_all(folder / "a") == "onetwo");
}

BOOST_AUTO_TEST_CASE(a_cut_file_grows_from_where_it_was_cut) {
  const auto file = files.open(folder / "a", Mode::Append);
  file->append("one\ntw");
  file->truncate(4);
  file->append("three\n");
  BOOST_TEST(files.read_all(folder / "a") == "one\nthree\n");
}

BOOST_AUTO_TEST_CASE(a_new_file_must_not_exist) {
  files.open(folder / "a", Mode::New)->append("mine");
  const std::string message = refusal([&] { files.open(folder / "a", Mode::New); });
  BOOST_TEST(has(message, (folder / "a").string()));
  BOOST_TEST(has(message, "File exists"));
  BOOST_TEST(files.read_all(folder / "a") == "mine");
}

BOOST_AUTO_TEST_CASE(reading_beyond_the_end_says_where_the_file_ends) {
  const auto file = files.open(folder / "a", Mode::Append);
  file->append("one");
  char bytes[4];
  BOOST_TEST(
      has(refusal([&] { file->read(1, bytes); }), "ends at byte 3, wanted 4 bytes from byte 1"));
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_named_with_the_systems_words) {
  const std::string message = refusal([&] { files.read_all(folder / "none"); });
  BOOST_TEST(has(message, (folder / "none").string()));
  BOOST_TEST(has(message, "No such file or directory"));
  BOOST_TEST(!files.exists(folder / "none"));
  BOOST_CHECK_THROW(files.remove(folder / "none"), RunError);
  BOOST_CHECK_THROW(files.list(folder / "none"), RunError);
  BOOST_CHECK_THROW(files.read_all(folder.path()), RunError);
}

BOOST_AUTO_TEST_CASE(replace_leaves_the_new_content_and_no_temporary) {
  files.replace(folder / "a", "old");
  files.replace(folder / "a", "new");
  BOOST_TEST(files.read_all(folder / "a") == "new");
  BOOST_TEST(files.list(folder.path()).size() == 1u);
}

BOOST_AUTO_TEST_CASE(replace_takes_no_place_of_a_device_or_a_pipe) {
  const fs::path pipe = folder / "pipe";
  BOOST_TEST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  BOOST_TEST(has(refusal([&] { files.replace(pipe, "text"); }), "is a device or a pipe"));
  BOOST_TEST(fs::is_fifo(pipe));
  fs::create_symlink(folder / "elsewhere", folder / "link");
  files.replace(folder / "link", "text");
  BOOST_TEST(files.read_all(folder / "link") == "text");
}

BOOST_AUTO_TEST_CASE(folders_are_made_with_their_parents_and_listed_in_order) {
  files.make_folders(folder / "x/y/z");
  files.make_folders(folder / "x/y/z");
  files.replace(folder / "x/b", "");
  files.replace(folder / "x/a", "");
  const std::vector<std::string> expected = {"a", "b", "y"};
  BOOST_TEST(files.list(folder / "x") == expected, boost::test_tools::per_element());
  files.remove(folder / "x/a");
  BOOST_TEST(!files.exists(folder / "x/a"));
}

BOOST_AUTO_TEST_CASE(a_tree_is_removed_with_all_that_is_in_it_and_links_are_not_followed) {
  files.make_folders(folder / "tree/x/y");
  files.replace(folder / "tree/a", "");
  files.replace(folder / "tree/x/y/b", "");
  files.make_folders(folder / "elsewhere");
  files.replace(folder / "elsewhere/kept", "");
  fs::create_symlink(folder / "elsewhere", folder / "tree/link");
  fs::create_symlink("nothing", folder / "tree/x/dangling");
  BOOST_CHECK_THROW(files.remove(folder / "tree"), RunError);
  files.remove_tree(folder / "tree");
  BOOST_TEST(!files.exists(folder / "tree"));
  BOOST_TEST(files.exists(folder / "elsewhere/kept"));
  BOOST_CHECK_THROW(files.remove_tree(folder / "tree"), RunError);
}

BOOST_AUTO_TEST_CASE(what_an_entry_is_can_be_asked) {
  using Type = FileSystem::Type;
  files.replace(folder / "a", "");
  fs::create_symlink("a", folder / "link");
  BOOST_CHECK(files.type(folder / "a") == Type::File);
  BOOST_CHECK(files.type(folder.path()) == Type::Folder);
  BOOST_CHECK(files.type(folder / "link") == Type::Other);
  BOOST_CHECK(files.type("/dev/full") == Type::Other);
  BOOST_CHECK_THROW(files.type(folder / "none"), RunError);
}

BOOST_AUTO_TEST_CASE(a_rename_replaces_or_refuses_as_asked) {
  files.make_folders(folder / "x");
  files.replace(folder / "x/a", "mine");
  files.make_folders(folder / "empty");
  BOOST_TEST(!files.rename_new(folder / "x", folder / "empty"));  // rename(2) would replace it
  BOOST_TEST(files.rename_new(folder / "x", folder / "y"));
  BOOST_TEST(files.read_all(folder / "y/a") == "mine");
  files.replace(folder / "b", "old");
  BOOST_TEST(!files.rename_new(folder / "y/a", folder / "b"));
  files.rename_over(folder / "y/a", folder / "b");
  BOOST_TEST(files.read_all(folder / "b") == "mine");
  files.sync_folder(folder.path());
  BOOST_CHECK_THROW(files.rename_new(folder / "none", folder / "z"), RunError);
  BOOST_CHECK_THROW(files.rename_over(folder / "none", folder / "z"), RunError);
  BOOST_CHECK_THROW(files.sync_folder(folder / "none"), RunError);
}

BOOST_AUTO_TEST_CASE(reserved_space_does_not_change_what_is_in_the_file) {
  const auto file = files.open(folder / "a", Mode::New);
  file->reserve(100'000);
  file->append("content");
  BOOST_TEST(file->length() == 7u);
  file->close();
  BOOST_TEST(files.read_all(folder / "a") == "content");
  files.open("/dev/null", Mode::Append)->reserve(100);  // cannot be done there: nothing is
}

BOOST_AUTO_TEST_CASE(more_than_the_disk_has_cannot_be_reserved) {
  const std::uint64_t free = files.free_bytes(folder.path());
  BOOST_TEST(free > 0u);
  const auto file = files.open(folder / "a", Mode::New);
  BOOST_CHECK_THROW(file->reserve(std::uint64_t{1} << 62), RunError);
  BOOST_TEST(fs::file_size(folder / "a") == 0u);
  BOOST_CHECK_THROW(files.free_bytes(folder / "none"), RunError);
}

BOOST_AUTO_TEST_CASE(a_lock_is_held_until_the_file_is_closed) {
  auto held = files.lock(folder / "lock");
  BOOST_TEST(held != nullptr);
  BOOST_TEST(files.lock(folder / "lock") == nullptr);
  held.reset();
  BOOST_TEST(files.lock(folder / "lock") != nullptr);
  BOOST_CHECK_THROW(files.lock(folder / "none/lock"), RunError);
}

BOOST_AUTO_TEST_CASE(a_full_device_refuses_and_keeps_nothing) {
  const auto file = files.open("/dev/full", Mode::Append);
  BOOST_TEST(has(refusal([&] { file->append("record\n"); }), "No space left on device"));
  BOOST_TEST(file->length() == 0u);
  file->sync();  // a device: nothing to bring to disk
}

BOOST_AUTO_TEST_CASE(a_record_that_does_not_fit_is_cut_off_whole) {
  const auto file = files.open(folder / "a", Mode::Append);
  file->append("0123456789\n");
  {
    const FileSizeLimit limit(16);
    BOOST_TEST(has(refusal([&] { file->append("9876543210\n"); }), "File too large"));
    BOOST_TEST(fs::file_size(folder / "a") == 11u);
    file->append("fits\n");
  }
  file->append("again\n");
  BOOST_TEST(files.read_all(folder / "a") == "0123456789\nfits\nagain\n");
}

BOOST_AUTO_TEST_CASE(a_replacement_that_does_not_fit_leaves_the_old_content) {
  files.replace(folder / "a", "old");
  {
    const FileSizeLimit limit(100);
    BOOST_CHECK_THROW(files.replace(folder / "a", std::string(1000, 'x')), RunError);
  }
  BOOST_TEST(files.read_all(folder / "a") == "old");
  BOOST_TEST(files.list(folder.path()).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
