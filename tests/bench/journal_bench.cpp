// The journal's cost on the training thread: microseconds per append of a plain step, while another
// thread syncs, compared with a bare write(2) of the same bytes to a file in the same folder.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "core/io/file_system.hpp"
#include "core/journal/codec.hpp"
#include "core/journal/writer.hpp"
#include "support/test_paths.hpp"
#include "table.hpp"

using namespace trainbus;

namespace {

constexpr int rounds = 5;

// How often a step ends, and what happens between two.
struct Pace {
  const char* what;
  int records;
  void (*between)();
};

// Evicts the caches as a step's computation does, so that the next append starts cold.
void walk_memory() {
  static std::vector<char> memory(64 << 20);
  for (std::size_t at = 0; at < memory.size(); at += 64) ++memory[at];
}

const Pace paces[] = {{"back to back", 100'000, [] {}},
                      {"after 64 MB of other memory", 1'000, walk_memory}};

journal::Step plain_step() {
  return {.tokens = {512}, .losses = {0.7f, 0.6f}, .coefficients = {1e-6f}};
}

// Of each of the calls, in microseconds; call(i) is the i-th.
template <class Call>
std::vector<double> times_us(const Pace& pace, Call call) {
  std::vector<double> times;
  for (int i = 0; i < pace.records; ++i) {
    pace.between();
    const double begin = bench::now_s();
    call(i);
    times.push_back((bench::now_s() - begin) * 1e6);
  }
  return times;
}

std::vector<double> append_us(const Pace& pace, const std::filesystem::path& path) {
  journal::Writer writer(file_system(), path, journal::Header{});
  writer.append(journal::Attempt{});
  journal::Step step = plain_step();
  return times_us(pace, [&](int i) {
    step.step = static_cast<std::uint64_t>(i) + 1;
    if (!writer.append(step)) throw std::runtime_error("the disk is full");
  });
}

std::vector<double> write_us(const Pace& pace, const std::filesystem::path& path) {
  std::string frame;
  journal::encode(plain_step(), frame);
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  std::vector<double> times = times_us(pace, [&](int) {
    if (::write(fd, frame.data(), frame.size()) != static_cast<ssize_t>(frame.size()))
      throw std::system_error(errno, std::generic_category(), path.string());
  });
  ::close(fd);
  return times;
}

// Medians over the rounds of each round's median, 99th percentile and worst.
void report(bench::Results& results, const std::string& what,
            const std::vector<std::vector<double>>& measured) {
  std::vector<double> middle, p99, worst;
  for (std::vector<double> times : measured) {
    std::sort(times.begin(), times.end());
    middle.push_back(times[times.size() / 2]);
    p99.push_back(times[times.size() * 99 / 100]);
    worst.push_back(times.back());
  }
  results.add(what + ", median", bench::median(middle), "us");
  results.add(what + ", 99th percentile", bench::median(p99), "us");
  results.add(what + ", worst", bench::median(worst), "us");
}

}  // namespace

int main(int argc, char** argv) {
  bench::Results results(argc, argv);
  const testing::ScratchFolder folder;
  for (const Pace& pace : paces) {
    std::vector<std::vector<double>> appends, writes;
    for (int round = 0; round < rounds; ++round) {
      appends.push_back(append_us(pace, folder / "journal"));
      writes.push_back(write_us(pace, folder / "bare"));
      std::filesystem::remove(folder / "journal");
      std::filesystem::remove(folder / "bare");
    }
    report(results, std::string("journal, append a step, ") + pace.what, appends);
    report(results, std::string("write(2) of the same bytes, ") + pace.what, writes);
  }
}
