#include "core/plan/run_record.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <optional>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/sha256.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {
namespace {

std::string sha256(std::string_view text) {
  Sha256 digest;
  digest.update(text);
  return digest.finish();
}

// A process that holds the lock until it is killed.
class LockHolder {
 public:
  explicit LockHolder(const std::filesystem::path& folder) {
    int ready[2];
    BOOST_REQUIRE(::pipe(ready) == 0);
    pid_ = ::fork();
    if (pid_ == 0) {
      const RunLock lock(folder);
      if (::write(ready[1], "x", 1) == 1)
        for (;;) ::pause();
      ::_exit(1);
    }
    char byte;
    BOOST_REQUIRE(::read(ready[0], &byte, 1) == 1);
    ::close(ready[0]);
    ::close(ready[1]);
  }
  ~LockHolder() { kill(); }
  void kill() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_;
};

template <class Action>
std::string usage_error(Action action) {
  try {
    action();
  } catch (const UsageError& e) {
    return e.what();
  }
  return "(nothing was thrown)";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(run_record_test)

BOOST_AUTO_TEST_CASE(
    sha256_gives_the_known_answers) {  // FIPS 180-2, appendix B, and the empty text
  BOOST_TEST(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  BOOST_TEST(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  BOOST_TEST(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq") ==
             "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  BOOST_TEST(sha256(std::string(1000000, 'a')) ==
             "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

BOOST_AUTO_TEST_CASE(sha256_does_not_depend_on_how_the_bytes_are_cut) {
  for (std::size_t length = 0; length < 200; ++length) {
    const std::string text(length, 'q');
    Sha256 in_pieces;
    for (std::size_t at = 0; at < length; at += 7) in_pieces.update(text.substr(at, 7));
    BOOST_TEST(in_pieces.finish() == sha256(text));
  }
}

BOOST_AUTO_TEST_CASE(sha256_of_a_file_larger_than_the_buffer_is_that_of_its_content) {
  const ScratchFolder folder;
  const std::string content(1000000, 'a');
  file_system().replace(folder / "a", content);
  BOOST_TEST(sha256_file(folder / "a") == sha256(content));
  BOOST_CHECK_THROW(sha256_file(folder / "none"), RunError);
}

BOOST_AUTO_TEST_CASE(a_second_process_is_told_who_holds_the_lock) {
  const ScratchFolder folder;
  LockHolder other(folder.path());
  const std::string message = usage_error([&] { RunLock lock(folder.path()); });
  BOOST_TEST(message.find("process " + std::to_string(other.pid()) + " on ") != message.npos);
  BOOST_TEST(message.find(folder.path().string()) != message.npos);
  other.kill();
  const RunLock lock(folder.path());  // the kernel dropped it
}

BOOST_AUTO_TEST_CASE(the_lock_can_be_taken_again_once_it_is_released) {
  const ScratchFolder folder;
  for (int i = 0; i < 2; ++i) {
    const RunLock lock(folder.path());
    BOOST_CHECK_THROW(RunLock second(folder.path()), UsageError);
  }
}

BOOST_AUTO_TEST_CASE(a_lock_in_a_missing_folder_is_refused) {
  const ScratchFolder folder;
  BOOST_CHECK_THROW(RunLock lock(folder / "none"), UsageError);
}

BOOST_AUTO_TEST_CASE(a_run_directory_is_made_with_its_parents_and_is_absolute) {
  const ScratchFolder folder;
  const auto made = make_run_directory(folder / "runs/./first");
  BOOST_TEST(made == folder.path() / "runs/first");
  BOOST_TEST(std::filesystem::is_directory(made));
  BOOST_TEST(make_run_directory(made) == made);  // an empty one will do
}

BOOST_AUTO_TEST_CASE(a_run_directory_with_something_in_it_is_refused_by_name) {
  const ScratchFolder folder;
  file_system().replace(folder / "run.json", "{}");
  const std::string message = usage_error([&] { make_run_directory(folder.path()); });
  BOOST_TEST(message.find(folder.path().string()) != message.npos);
  BOOST_TEST(message.find("trainbus resume " + folder.path().string()) != message.npos);
  BOOST_CHECK_THROW(make_run_directory(folder / "run.json"), UsageError);
  BOOST_CHECK_THROW(make_run_directory(folder / "run.json/below"), UsageError);
  BOOST_CHECK_THROW(make_run_directory(""), UsageError);
}

BOOST_AUTO_TEST_CASE(a_run_directory_where_nothing_can_be_made_is_refused) {
  BOOST_CHECK_THROW(make_run_directory("/proc/trainbus"), UsageError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
