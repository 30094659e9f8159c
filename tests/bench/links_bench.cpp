// What the exchange of a step costs: a leader and its workers as processes of their own over the
// engine's links, with work that takes a given time and no model.
//
//     links_bench [--json FILE]                 2 and 4 processes on this machine
//     links_bench --rank R --ranks N --leader HOST:PORT [--work-ms X] [--rounds N] [--overlap 0|1]
//                                               one process, for other machines and networks
#include <sched.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "core/ranks/leader.hpp"
#include "core/ranks/worker.hpp"
#include "engine/optimizer.hpp"
#include "engine/ranks/gloo_links.hpp"
#include "engine/ranks/meeting.hpp"
#include "first_step.hpp"

using namespace trainbus;
using namespace std::chrono;

namespace {

struct Setting {
  std::int64_t rank = 0, ranks = 2;
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  double work_ms = 0;
  std::uint64_t rounds = 2000, overlap = 0;
};

struct Result {
  double median_ms = 0, p99_ms = 0, lost_percent = 0, cpu_us = 0, gather_s = 0;
};

double processor_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         1e-6 * static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

// Other jobs of the machine do not show in latencies then; where it is not allowed, they may.
bool take_real_time_priority() {
  sched_param parameters{};
  parameters.sched_priority = 1;
  return sched_setscheduler(0, SCHED_RR, &parameters) == 0;
}

// An item for each process; the work is a sleep, so that processes do not compete for cores.
ranks::Work work_of(const Setting& setting, std::uint64_t step) {
  return {.kind = ranks::Work::Kind::Losses,
          .number = step,
          .items = static_cast<std::size_t>(setting.ranks),
          .compute =
              [ms = setting.work_ms](std::size_t item, std::vector<float>& numbers) {
                if (ms > 0) std::this_thread::sleep_for(duration<double, std::milli>(ms));
                numbers = {static_cast<float>(item), 1};
              },
          .width = 2};
}

void take_steps(const Setting& setting, ranks::Rounds& rounds, const std::function<void()>& after) {
  std::uint64_t begun = 0;
  for (std::uint64_t step = 0; step < setting.rounds; ++step) {
    while (begun <= step + setting.overlap && begun < setting.rounds)
      rounds.begin(work_of(setting, begun++));
    rounds.finish();
    after();
  }
}

ranks::Place place_of(const Setting& setting) {
  ranks::Place place;
  place.rank = setting.rank;
  place.size = setting.ranks;
  place.host = setting.host;
  place.port = setting.port;
  return place;
}

Result lead(const Setting& setting) {
  ranks::Meeting meeting(place_of(setting), seconds(60));
  ranks::GlooLeaderLinks links(
      meeting, seconds(30),
      {.welcome = [](const ranks::Hello&) { return ranks::Welcome(); },
       .tell = [](const std::string& what) { std::fprintf(stderr, "%s\n", what.c_str()); }});
  ranks::Leader leader(links, {.overlap = setting.overlap},
                       {.records = [](std::uint64_t, std::uint64_t) { return std::string(); }});
  const auto begin = steady_clock::now();
  leader.gather(static_cast<std::size_t>(setting.ranks - 1), 0, links.now() + minutes(2), {});
  Result result;
  result.gather_s = duration<double>(steady_clock::now() - begin).count();
  std::vector<double> times;
  const double cpu = processor_seconds();
  const auto started = steady_clock::now();
  auto last = started;
  take_steps(setting, leader, [&] {
    const auto now = steady_clock::now();
    times.push_back(duration<double, std::milli>(now - last).count());
    last = now;
    leader.parameters_changed();
  });
  const double total_ms = duration<double, std::milli>(last - started).count();
  const auto rounds = static_cast<double>(setting.rounds);
  result.cpu_us =
      (processor_seconds() - cpu) / rounds / static_cast<double>(setting.ranks - 1) * 1e6;
  leader.end(ranks::End::How::Completed, "");
  std::ranges::sort(times);
  result.median_ms = times[times.size() / 2] - setting.work_ms;
  result.p99_ms = times[times.size() * 99 / 100] - setting.work_ms;
  result.lost_percent = 100 * (1 - setting.work_ms * rounds / total_ms);
  return result;
}

void work(const Setting& setting) {
  ranks::Meeting meeting(place_of(setting), seconds(60));
  ranks::GlooWorkerLink link(meeting, {.host = "here", .pid = getpid(), .rank = setting.rank},
                             seconds(60), {});
  link.open(seconds(60));
  ranks::Worker worker(link, seconds(30), {});
  try {
    worker.so_far();
    take_steps(setting, worker, [] {});
    worker.wait_for_the_end();
  } catch (const ranks::RunIsOver&) {
    link.wait_until_closed();
  }
}

std::uint16_t some_port() { return static_cast<std::uint16_t>(20000 + getpid() % 10000); }

// The workers are processes of their own, started before this one has threads.
Result measure(Setting setting) {
  setting.port = some_port();
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) std::abort();
  std::vector<pid_t> children;
  for (std::int64_t rank = 0; rank < setting.ranks; ++rank) {
    setting.rank = rank;
    if (const pid_t child = fork(); child == 0) {
      take_real_time_priority();
      if (rank > 0) {
        work(setting);
      } else {
        const Result result = lead(setting);
        if (write(pipe_ends[1], &result, sizeof result) != sizeof result) std::abort();
      }
      std::_Exit(0);
    } else {
      children.push_back(child);
    }
  }
  close(pipe_ends[1]);
  Result result;
  const bool has_come = read(pipe_ends[0], &result, sizeof result) == sizeof result;
  close(pipe_ends[0]);
  for (const pid_t child : children) waitpid(child, nullptr, 0);
  if (!has_come) throw std::runtime_error("the leader ended without a result");
  return result;
}

void print(const Setting& setting, const Result& r) {
  if (setting.work_ms > 0)
    std::printf(
        "%3ld processes, steps of %.0f ms, overlap %lu: %.2f %% of the time lost to the exchange\n",
        static_cast<long>(setting.ranks), setting.work_ms,
        static_cast<unsigned long>(setting.overlap), r.lost_percent);
  else
    std::printf(
        "%3ld processes: %.3f ms an exchange (median; p99 %.3f), %.0f µs of the leader's processor "
        "a step and worker, together after %.2f s\n",
        static_cast<long>(setting.ranks), r.median_ms, r.p99_ms, r.cpu_us, r.gather_s);
  std::fflush(stdout);
}

// Of so many processes by `trainbus launch`, to the end of their first step: as the start of all of
// them is over.
double start_seconds(int processes) {
  const std::string count = std::to_string(processes);
  return bench::seconds_to_first_step({"launch", "-n", count, "--", "train", "--task", "mlp",
                                       "--mezo.directions", count, "--threads", "1"});
}

int measure_here(const std::string& json) {
  std::printf("links over c10d on this machine%s\n",
              take_real_time_priority() ? ", with real-time priority" : "");
  sched_param normal{};
  sched_setscheduler(0, SCHED_OTHER, &normal);
  std::string text;
  for (const Setting& setting :
       {Setting{.ranks = 2}, Setting{.ranks = 4},
        Setting{.ranks = 2, .work_ms = 100, .rounds = 100},
        Setting{.ranks = 4, .work_ms = 100, .rounds = 100},
        Setting{.ranks = 4, .work_ms = 100, .rounds = 100, .overlap = 1}}) {
    const Result r = measure(setting);
    print(setting, r);
    char row[300];
    std::snprintf(row, sizeof row,
                  "%s\n  {\"ranks\": %ld, \"work_ms\": %g, \"overlap\": %lu, \"median_ms\": %g, "
                  "\"p99_ms\": %g, \"lost_percent\": %g, \"leader_us\": %g}",
                  text.empty() ? "" : ",", static_cast<long>(setting.ranks), setting.work_ms,
                  static_cast<unsigned long>(setting.overlap), r.median_ms, r.p99_ms,
                  r.lost_percent, r.cpu_us);
    text += row;
  }
  constexpr int many = 64;
  const double start_s = start_seconds(many);
  std::printf("%3d processes: %.1f s from their start to the end of step 1, trivial model\n", many,
              start_s);
  text += ",\n  {\"ranks\": " + std::to_string(many) + ", \"start_s\": " + std::to_string(start_s) +
          "}";
  if (!json.empty()) std::ofstream(json) << "[" << text << "\n]\n";
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  std::map<std::string, std::string> given;
  for (int i = 1; i + 1 < argc; i += 2) given[argv[i]] = argv[i + 1];
  if (!given.contains("--leader")) return measure_here(given["--json"]);
  Setting setting;
  const auto address = ranks::parse_address(given["--leader"]);
  if (!address) throw std::runtime_error("--leader HOST:PORT");
  setting.host = address->host;
  setting.port = address->port;
  setting.rank = std::stol(given["--rank"]);
  setting.ranks = std::stol(given["--ranks"]);
  if (given.contains("--work-ms")) setting.work_ms = std::stod(given["--work-ms"]);
  if (given.contains("--rounds")) setting.rounds = std::stoul(given["--rounds"]);
  if (given.contains("--overlap")) setting.overlap = std::stoul(given["--overlap"]);
  if (setting.rank > 0)
    work(setting);
  else
    print(setting, lead(setting));
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "links_bench: %s\n", error.what());
  return 1;
}
