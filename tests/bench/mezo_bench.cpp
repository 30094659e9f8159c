// Whole MeZO steps, compared with the published trainer's sequence of operations in plain LibTorch,
// on the same model, reviews and machine, alternating; also AdamW's step, and steps with one
// thread.
//
//   mezo_bench [--model both|smollm2|minilm] [--rounds N] [--json FILE]
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/rand.h>
#include <c10/core/CPUAllocator.h>
#include <malloc.h>

#include <cstdlib>
#include <cstring>

#include "core/bus/bus.hpp"
#include "engine/trainer.hpp"
#include "memory.hpp"
#include "models/activation_memory.hpp"
#include "models/weights/materialized_weights.hpp"
#include "peers.hpp"
#include "rounds.hpp"
#include "support/memory_task.hpp"
#include "support/minilm.hpp"
#include "support/plugin_optimizer.hpp"
#include "support/smollm2.hpp"
#include "table.hpp"

using namespace trainbus;

namespace {

using PluginOptions = std::map<std::string, std::string>;

// Where tensors get memory from: as in the launcher, or by glibc's rules, as in a Python process.
void allocate_as_python(bool python) {
  static c10::Allocator* const ours = c10::GetCPUAllocator();
  c10::SetCPUAllocator(python ? c10::GetDefaultCPUAllocator() : ours);
}

template <class Work>
double timed(const Work& work) {
  const double begin = bench::now_s();
  work();
  return bench::now_s() - begin;
}

// Steps of an optimizer plugin through the trainer.
class PluginStep {
 public:
  PluginStep(Model& model, const Batch& batch, const std::string& id, PluginOptions options)
      : model_(model), task_({batch}) {
    options["lr"] = "1e-7";
    optimizer_ = testing::make_optimizer(id, options);
  }
  double operator()() const {
    const at::AutoGradMode with_gradients(true);
    Bus bus;
    Trainer trainer(model_, task_, *optimizer_, {.kind = ScheduleKind::Constant, .lr = 1e-7}, bus,
                    {.max_steps = 1});
    return trainer.run().seconds;
  }

 private:
  Model& model_;
  testing::MemoryTask task_;
  std::unique_ptr<Optimizer> optimizer_;
};

struct Variant {
  std::string name;
  std::string optimizer;
  PluginOptions options;
};

const std::vector<Variant>& variants() {
  static const std::vector<Variant> all = {
      {"step, perturbed in the cache", "mezo", {{"weights", "cache"}}},
      {"step, scratch", "mezo", {{"weights", "scratch"}}},
      {"step, dual", "mezo", {{"weights", "dual"}}},
      {"step, low rank", "mezo", {{"weights", "low-rank"}}},
      {"step, Gaussian z (dual)", "mezo", {{"z", "gaussian"}}},
      {"step, binomial z", "mezo", {{"z", "binomial"}}},
      {"step, a direction for every example", "es", {{"directions", "per-example"}}},
      {"AdamW step", "adamw", {}},
  };
  return all;
}

double forward_seconds(const bench::Peers& peers) {
  PlainWeights weights(peers.loaded.model->parameters());
  constexpr int passes = 2;
  return timed([&] {
           for (int i = 0; i < passes; ++i)
             peers.loaded.model->loss(weights, peers.batch).item<float>();
         }) /
         passes;
}

void report_memory(bench::Peers& peers, bench::PublishedMezo& published, bench::Results& results) {
  const auto add = [&](const std::string& what, double mib) {
    results.add(what + ": memory above the weights", mib, "MiB");
  };
  allocate_as_python(true);
  add("published step", bench::peak_mib([&] { published.step(1); }));
  allocate_as_python(false);
  for (const Variant& v : variants()) {
    const PluginStep step(*peers.loaded.model, peers.batch, v.optimizer, v.options);
    add(v.name, bench::peak_mib([&] { step(); }));
  }
}

void report_times(bench::Peers& peers, bench::PublishedMezo& published, int rounds,
                  bench::Results& results) {
  bench::Rounds measured;
  const at::Tensor square = at::rand({1024, 1024});
  at::Tensor product = at::rand({1024, 1024});
  measured.add("sgemm", [&] { return timed([&] { at::mm_out(product, square, square); }); });
  const auto as_published = [](const auto& work) {
    allocate_as_python(true);
    const double seconds = timed(work);
    allocate_as_python(false);
    return seconds;
  };
  measured.add("published forward", [&] { return as_published([&] { published.forward(); }); });
  measured.add("published step", [&] { return as_published([&] { published.step(1); }); });
  measured.add("forward", [&] { return forward_seconds(peers); });
  for (const Variant& v : variants())
    measured.add(v.name,
                 [step = std::make_shared<PluginStep>(*peers.loaded.model, peers.batch, v.optimizer,
                                                      v.options)] { return (*step)(); });
  measured.run(rounds);

  results.add("LibTorch's product of 1024 x 1024 x 1024", 2.147483648 / measured.median_s("sgemm"),
              "GFLOP/s");
  const auto add = [&](const std::string& name, const std::string& forward) {
    results.add(name, measured.median_s(name) * 1e3, "ms");
    results.add("  over two forwards", measured.ratio(name, forward) / 2, "");
  };
  results.add("published forward", measured.median_s("published forward") * 1e3, "ms");
  add("published step", "published forward");
  results.add("forward", measured.median_s("forward") * 1e3, "ms");
  results.add("  published forward over it", measured.ratio("published forward", "forward"), "");
  for (const Variant& v : variants()) {
    add(v.name, "forward");
    results.add("  published step over it", measured.ratio("published step", v.name), "");
  }
}

void report_scaling(bench::Peers& peers, int rounds, bench::Results& results) {
  const int most = at::get_num_threads();
  bench::Rounds measured;
  const PluginStep step(*peers.loaded.model, peers.batch, "mezo", {});
  for (int threads = 1; threads <= most; threads *= 2) {
    const std::string with = std::to_string(threads) + (threads == 1 ? " thread" : " threads");
    measured.add("forward, " + with, [&, threads] {
      at::set_num_threads(threads);
      return forward_seconds(peers);
    });
    measured.add("step, " + with, [&, threads] {
      at::set_num_threads(threads);
      return step();
    });
  }
  measured.run(rounds);
  at::set_num_threads(most);
  measured.for_each(
      [&](const std::string& name, double seconds) { results.add(name, seconds * 1e3, "ms"); });
}

const char* argument(int argc, char** argv, const char* name, const char* fallback) {
  for (int i = 1; i + 1 < argc; ++i)
    if (!std::strcmp(argv[i], name)) return argv[i + 1];
  return fallback;
}

void compare(bench::Peers peers, int rounds, bench::Results& results) {
  bench::PublishedMezo published;
  published.loss = peers.published_loss;
  for (const Parameter& p : peers.loaded.model->parameters()) {
    published.parameters.push_back(p.value.clone());
    published.decays.push_back(p.decays);
  }

  results.add(peers.name + ", parameters",
              static_cast<double>(peers.loaded.model->parameters().element_count()), "");
  results.add("threads", at::get_num_threads(), "");
  results.add("tokens of 16 reviews", static_cast<double>(peers.batch.token_count), "");
  results.add("the same padded as published", static_cast<double>(peers.padded_tokens), "");
  report_memory(peers, published, results);
  report_times(peers, published, rounds, results);
  report_scaling(peers, std::max(1, rounds / 2), results);
}

}  // namespace

int main(int argc, char** argv) {
  // What glibc's rules come to when large blocks have been freed.
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
  use_huge_pages_for_tensors();  // as the launcher
  allocate_as_python(false);
  bench::Results results(argc, argv);
  const int rounds = std::atoi(argument(argc, argv, "--rounds", "7"));
  const std::string model = argument(argc, argv, "--model", "both");
  const at::NoGradGuard no_grad;
  const std::filesystem::path reviews = TRAINBUS_SOURCE_DIR "/.deps/data/rotten_tomatoes.csv";
  if (model != "smollm2") compare(bench::minilm_peers(testing::minilm(), reviews), rounds, results);
  if (model != "minilm")
    compare(bench::smollm2_peers(testing::smollm2(), reviews), rounds, results);
}
