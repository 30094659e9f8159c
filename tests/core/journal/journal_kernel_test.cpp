// The journal on the real kernel: processes killed at any time, and a limit on file size.
#include <sched.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <new>
#include <optional>
#include <random>

#include "core/io/file_system.hpp"
#include "journal_samples.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {

using namespace journal;

namespace {

// Resumes or starts the journal and appends steps without end; reports the last accepted one.
[[noreturn]] void append_until_killed(const std::filesystem::path& path,
                                      std::atomic<std::uint64_t>& accepted) {
  std::optional<Writer> writer;
  std::uint64_t last = 0;
  if (!std::filesystem::exists(path)) {
    writer.emplace(file_system(), path, sample_header());
    writer->append(Attempt{});
  } else {
    const Contents contents = journal::read(file_system(), path);
    writer.emplace(file_system(), path, contents);
    last = contents.last_step;
    const auto attempts =
        std::count_if(contents.records.begin(), contents.records.end(),
                      [](const Record& record) { return std::holds_alternative<Attempt>(record); });
    writer->append(
        Attempt{.number = static_cast<std::uint32_t>(attempts) + 1, .resumed_step = last});
  }
  for (;;)
    if (writer->append(sample_step(last + 1, 1 + last % 3))) accepted.store(++last);
}

// What a limit of file sizes does to the process while this lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int) = SIG_DFL;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(journal_kernel_test)

BOOST_AUTO_TEST_CASE(a_process_killed_at_any_instant_loses_no_step_that_was_accepted) {
  const ScratchFolder folder;
  void* const shared =
      ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  BOOST_REQUIRE(shared != MAP_FAILED);
  auto& accepted = *new (shared) std::atomic<std::uint64_t>(0);
  std::mt19937 random(11);
  for (int round = 0; round < 20; ++round) {
    const std::uint64_t until = accepted.load() + random() % 1000;
    const pid_t child = ::fork();
    if (child == 0) append_until_killed(folder / "journal", accepted);
    BOOST_REQUIRE(child > 0);
    while (accepted.load() < until) ::sched_yield();
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    if (!std::filesystem::exists(folder / "journal")) continue;  // killed before it began one
    const Contents contents = journal::read(file_system(), folder / "journal");
    BOOST_TEST(contents.last_step >= accepted.load());
    BOOST_TEST(contents.last_step <= accepted.load() + 1);  // written, but not reported any more
    accepted.store(contents.last_step);
  }
  BOOST_TEST(accepted.load() > 5'000u);
  ::munmap(shared, 4096);
}

BOOST_AUTO_TEST_CASE(a_limit_of_the_files_size_is_a_full_disk) {
  const ScratchFolder folder;
  Writer writer(file_system(), folder / "journal", sample_header(), Writer::Sync::OnFlush);
  writer.append(Attempt{});
  {
    const FileSizeLimit limit(300);
    std::uint64_t step = 1;
    while (writer.append(sample_step(step))) ++step;
    BOOST_TEST(journal::read(file_system(), folder / "journal").last_step == step - 1);
    BOOST_TEST(!writer.append(sample_step(step + 1)));
    BOOST_TEST(!writer.flush());
  }
  BOOST_TEST(writer.flush());
  const Contents contents = journal::read(file_system(), folder / "journal");
  BOOST_TEST(contents.last_step == 4u);
  BOOST_TEST(contents.whole());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
