// Speed of the parameter kernels on SmolLM2-135M's shapes, compared with passes over the same
// memory without z. Every pass of a table runs once per round, so that drift of the machine affects
// all alike; the median over the rounds is printed.
//
//   kernels_bench [--rounds N] [--json FILE]        threads: OMP_NUM_THREADS; instructions:
//   TRAINBUS_CPU
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "kernels/bench_passes.hpp"
#include "kernels/cpu.hpp"

namespace {

using namespace trainbus::kernels;
using namespace trainbus::kernels::bench;

struct Table {
  std::string title;
  int threads;
  std::vector<Pass> passes;
};

void measure(Table& table, int rounds) {
  omp_set_num_threads(table.threads);
  for (Pass& pass : table.passes) pass.run();  // warm
  for (int round = 0; round < rounds; ++round)
    for (Pass& pass : table.passes) {
      const auto start = std::chrono::steady_clock::now();
      pass.run();
      pass.seconds.push_back(
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
}

double axpy_seconds(const Table& table) {
  for (const Pass& pass : table.passes)
    if (pass.name == "axpy in place") return pass.median();
  return 0;
}

// A number in a column, or nothing where there is none.
std::string cell(double value, const char* format) {
  char text[32];
  std::snprintf(text, sizeof text, format, value);
  return value > 0 ? text : "";
}

// Gz/s: values of z, billions a second. of axpy: the float32 axpy's time over the pass's.
void print(const Table& table) {
  std::printf("\n%s, %d thread%s\n", table.title.c_str(), table.threads,
              table.threads == 1 ? "" : "s");
  std::printf("%-19s %-42s %7s %7s %9s %7s %7s %8s\n", "", "pass", "ms", "best", "Gparam/s", "Gz/s",
              "GB/s", "of axpy");
  const double axpy = axpy_seconds(table);
  for (const Pass& pass : table.passes) {
    const double rate = pass.parameters / pass.median() * 1e-9;
    std::printf("%-19s %-42s %7.1f %7.1f %9.2f %7s %7s %7.0f%%\n", pass.group.c_str(),
                pass.name.c_str(), pass.median() * 1e3, pass.best() * 1e3, rate,
                cell(rate * pass.z_per_parameter, "%.2f").c_str(),
                cell(rate * pass.bytes_per_parameter, "%.1f").c_str(), 100 * axpy / pass.median());
  }
}

void write_json(const std::vector<Table>& tables, std::int64_t parameters,
                const std::string& file) {
  std::ofstream out(file);
  out << "{\"cpu\":\"" << cpu_name(cpu()) << "\",\"parameters\":" << parameters << ",\"passes\":[";
  const char* separator = "";
  for (const Table& table : tables)
    for (const Pass& pass : table.passes) {
      out << separator << "\n{\"table\":\"" << table.title << "\",\"threads\":" << table.threads
          << ",\"group\":\"" << pass.group << "\",\"name\":\"" << pass.name
          << "\",\"parameters\":" << pass.parameters << ",\"median_ms\":" << pass.median() * 1e3
          << ",\"best_ms\":" << pass.best() * 1e3 << ",\"z_per_parameter\":" << pass.z_per_parameter
          << ",\"bytes_per_parameter\":" << pass.bytes_per_parameter << "}";
      separator = ",";
    }
  out << "\n]}\n";
  if (!out.flush()) {
    std::fprintf(stderr, "kernels_bench: cannot write %s\n", file.c_str());
    std::exit(1);
  }
}

}  // namespace

int main(int count, char** arguments) {
  int rounds = 9;
  std::string json;
  for (int i = 1; i < count; ++i) {
    const std::string name = arguments[i];
    if (name == "--rounds" && i + 1 < count)
      rounds = std::max(1, std::atoi(arguments[++i]));
    else if (name == "--json" && i + 1 < count)
      json = arguments[++i];
    else
      return std::fprintf(stderr, "usage: kernels_bench [--rounds N] [--json FILE]\n"), 2;
  }
  Memory memory;
  const int threads = omp_get_max_threads();
  std::vector<Table> tables{{"float32", threads, float32_passes(memory)},
                            {"other formats", threads, format_passes(memory)},
                            {"variants", threads, variant_passes(memory)},
                            {"shares", 1, share_passes(memory)},
                            {"shares", threads, share_passes(memory)}};
  for (int fewer = 1; fewer <= threads; fewer *= 2)
    tables.push_back({"thread scaling", fewer, scaling_passes(memory)});
  std::printf("%lld parameters, %s, median of %d rounds\n", static_cast<long long>(memory.count()),
              cpu_name(cpu()).data(), rounds);
  for (Table& table : tables) {
    measure(table, rounds);
    print(table);
    std::fflush(stdout);
  }
  if (!json.empty()) write_json(tables, memory.count(), json);
}
