// kill -9 before every system call of writing a checkpoint, on a real disk.
#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "checkpoint_disk.hpp"
#include "support/hooked_calls.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {
namespace {

namespace fs = std::filesystem;

// Writes step 2 in a child process that is killed before its system call k; whether it was done
// before.
bool write_until(const fs::path& checkpoints, std::uint64_t k) {
  const pid_t child = ::fork();
  if (child == 0) {
    HookedCalls calls([&, count = std::uint64_t{0}]() mutable {
      if (++count == k) ::raise(SIGKILL);
    });
    const std::unique_ptr<FileSystem> files = make_file_system(calls);
    try {
      write_checkpoint(*files, checkpoints, 2);
    } catch (const RunError&) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  int status = 0;
  BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST((WIFEXITED(status) ? WEXITSTATUS(status) == 0 : WTERMSIG(status) == SIGKILL));
  return WIFEXITED(status);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checkpoint_kill_test)

BOOST_AUTO_TEST_CASE(a_killed_process_leaves_the_old_or_the_new_checkpoint_and_the_next_goes_on) {
  const ScratchFolder folder;
  FileSystem& files = file_system();
  write_checkpoint(files, folder.path(), 1);
  std::uint64_t k = 0;
  for (bool done = false; !done;) {
    done = write_until(folder.path(), ++k);
    BOOST_TEST_CONTEXT("call " << k) {
      const std::uint64_t newest = newest_step(files, folder.path());
      BOOST_TEST((newest == 2 || (newest == 1 && !done)));
      remove_temporaries(files, folder.path());
      write_checkpoint(files, folder.path(), 2);
      BOOST_TEST(newest_step(files, folder.path()) == 2u);
      BOOST_TEST(files.list(folder.path()).size() == 2u);
      files.remove_tree(folder / step_folder_name(2));
    }
  }
  BOOST_TEST(k > 40u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
