// Mapped files: copies share them, writing does not reach them, and what others do to them is seen.
#include "formats/mapped_file.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <filesystem>
#include <optional>
#include <string>

#include "core/bus/crash_report.hpp"
#include "file_bytes.hpp"
#include "support/test_paths.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

struct Scratch {
  testing::ScratchFolder folder;
  fs::path path = folder / "file";
};

BOOST_FIXTURE_TEST_SUITE(mapped_file, Scratch)

BOOST_AUTO_TEST_CASE(a_copy_keeps_the_bytes_when_the_first_is_gone) {
  testing::write_bytes(path, "some bytes");
  std::optional<MappedFile> first(path);
  const MappedFile copy = *first;
  first.reset();
  BOOST_TEST(copy.text() == "some bytes");
  BOOST_TEST(copy.path() == path);
}

BOOST_AUTO_TEST_CASE(writing_to_the_bytes_leaves_the_file_as_it_is) {
  testing::write_bytes(path, "some bytes");
  const MappedFile file(path), other(path);
  std::byte* bytes = file.writable();
  BOOST_TEST_REQUIRE(bytes != nullptr);
  std::memset(bytes, 'x', 4);
  BOOST_TEST(file.text() == "xxxx bytes");
  BOOST_TEST(other.text() == "some bytes");
  BOOST_TEST(testing::read_bytes(path) == "some bytes");
}

BOOST_AUTO_TEST_CASE(an_empty_file_has_no_bytes_to_write_to) {
  testing::write_bytes(path, "");
  const MappedFile file(path);
  BOOST_TEST(file.text().empty());
  BOOST_TEST(file.writable() == nullptr);
}

BOOST_AUTO_TEST_CASE(a_file_that_is_written_to_is_changed_and_one_that_is_replaced_is_not) {
  testing::write_bytes(path, "some bytes");
  const MappedFile file(path);
  BOOST_TEST(file.is_unchanged());
  testing::write_bytes(folder / "new", "other bytes");
  fs::rename(folder / "new", path);
  BOOST_TEST(file.is_unchanged());
  BOOST_TEST(file.text() == "some bytes");

  const MappedFile again(path);
  fs::last_write_time(path, fs::last_write_time(path) + std::chrono::seconds(2));
  BOOST_TEST(!again.is_unchanged());
  const MappedFile third(path);
  fs::resize_file(path, 5);
  BOOST_TEST(!third.is_unchanged());
}

// What the process says and ends with when it reads a file whose end was cut off.
BOOST_AUTO_TEST_CASE(reading_what_was_cut_off_ends_with_a_sentence_that_names_the_file) {
  testing::write_bytes(path, std::string(20'000, 'a'));
  int out[2];
  BOOST_TEST_REQUIRE(::pipe(out) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(out[1], STDERR_FILENO);
    install_crash_report();
    const MappedFile file(path);
    fs::resize_file(path, 0);
    ::_exit(file.text()[10'000] == 'a' ? 2 : 3);
  }
  ::close(out[1]);
  std::string said;
  char part[200];
  for (ssize_t count; (count = ::read(out[0], part, sizeof part)) > 0;)
    said.append(part, static_cast<std::size_t>(count));
  ::close(out[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  BOOST_TEST(WIFEXITED(status));
  BOOST_TEST(WEXITSTATUS(status) == 1);
  BOOST_TEST(said.find(path.string() + ": was cut off while it was read.") != std::string::npos,
             said);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace trainbus
