// Whole MeZO steps of SmolLM2-135M beside the published trainer's sequence of operations in plain
// LibTorch, on the same model and reviews, in turns; and AdamW's step beside them.
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/rand.h>

#include <cstdlib>
#include <cstring>

#include "core/bus.hpp"
#include "engine/trainer.hpp"
#include "memory.hpp"
#include "models/llama_files.hpp"
#include "models/materialized_weights.hpp"
#include "published_mezo.hpp"
#include "published_models.hpp"
#include "rounds.hpp"
#include "support/memory_task.hpp"
#include "support/plugin_optimizer.hpp"
#include "support/smollm2.hpp"
#include "table.hpp"
#include "tasks/prompt_batches.hpp"

using namespace trainbus;

namespace {

// Sixteen reviews as the training order of this seed draws them.
constexpr std::uint64_t order_seed = 42;

tasks::Dataset reviews() {
  tasks::PromptClassificationOptions options;
  options.data = TRAINBUS_SOURCE_DIR "/.deps/data/rotten_tomatoes.csv";
  options.label_column = "category";
  options.group_column = "movie_name";
  options.labels = "rotten: Negative|fresh: Positive";
  options.prompt_template = "Review: {text}\\nSentiment:";
  return tasks::load_prompt_classification(options);
}

template <class Work>
double timed(const Work& work) {
  const double begin = bench::now_s();
  work();
  return bench::now_s() - begin;
}

// One step of an optimizer plugin through the trainer.
class PluginStep {
 public:
  PluginStep(Model& model, const Batch& batch, const std::string& id,
             const std::map<std::string, std::string>& options)
      : model_(model), task_({batch}), optimizer_(testing::make_optimizer(id, options)) {}
  double operator()() {
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
  std::map<std::string, std::string> options;
};

const std::vector<Variant>& variants() {
  static const std::vector<Variant> all = {
      {"cache", {{"weights", "cache"}}},
      {"scratch", {{"weights", "scratch"}}},
      {"dual", {{"weights", "dual"}}},
      {"cache, Gaussian", {{"weights", "cache"}, {"z", "gaussian"}}},
  };
  return all;
}

int option(int argc, char** argv, const char* name, int fallback) {
  for (int i = 1; i + 1 < argc; ++i)
    if (!std::strcmp(argv[i], name)) return std::atoi(argv[i + 1]);
  return fallback;
}

}  // namespace

int main(int argc, char** argv) {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);  // as the launcher does
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  bench::Results results(argc, argv);
  const int rounds = option(argc, argv, "--rounds", 7);
  const at::NoGradGuard no_grad;

  LanguageModel loaded = load_language_model(testing::smollm2());
  Llama& model = *loaded.model;
  const PromptTask task(reviews(),
                        [&](std::string_view text) { return loaded.tokenizer->encode(text); },
                        {.batch_size = 16, .seed = order_seed});
  const Batch batch = task.train_batch(0, 0);
  const at::Tensor& rows = batch.output_rows;
  const bench::PaddedBatch padded = bench::pad_for_language_model(
      batch,
      {rows.const_data_ptr<std::int64_t>(), rows.const_data_ptr<std::int64_t>() + rows.numel()});
  results.add("threads", at::get_num_threads(), "");
  results.add("tokens in 16 prompts", static_cast<double>(batch.token_count), "");
  results.add("the same padded, with labels", static_cast<double>(padded.ids.numel()), "");

  // Peak memory first, while nothing else was allocated.
  PlainWeights weights(model.parameters());
  std::vector<double> peaks;
  for (const bench::Variant* v = nullptr; false;) (void)v;
  for (const Variant& variant : variants()) {
    std::map<std::string, std::string> options = variant.options;
    options["lr"] = "1e-7";
    PluginStep step(model, batch, "mezo", options);
    peaks.push_back(bench::peak_mib([&] { step(); }));
  }

  bench::PublishedMezo published;
  for (const Parameter& p : model.parameters()) published.parameters.push_back(p.value.clone());
  published.loss = [&](const std::vector<at::Tensor>& w) {
    return bench::published_llama_loss(w, model.config(), padded);
  };
  const double published_peak = bench::peak_mib([&] { published.step(1); });

  bench::Rounds measured;
  const at::Tensor square = at::rand({1024, 1024});
  at::Tensor product = at::rand({1024, 1024});
  measured.add("sgemm", [&] { return timed([&] { at::mm_out(product, square, square); }); });
  measured.add("published forward", [&] { return timed([&] { published.forward(); }); });
  measured.add("published step", [&] { return timed([&] { published.step(1); }); });
  measured.add("forward", [&] {
    return timed([&] {
             for (int pass = 0; pass < 2; ++pass) model.loss(weights, batch).item<float>();
           }) /
           2;
  });
  for (const Variant& variant : variants()) {
    std::map<std::string, std::string> options = variant.options;
    options["lr"] = "1e-7";
    measured.add(
        "step, " + variant.name,
        [step = std::make_shared<PluginStep>(model, batch, "mezo", options)] { return (*step)(); });
  }
  measured.run(rounds);

  const auto milliseconds = [&](const std::string& name) {
    results.add(name, measured.median_s(name) * 1e3, "ms");
  };
  results.add("LibTorch's product of 1024 x 1024 x 1024", 2.147483648 / measured.median_s("sgemm"),
              "GFLOP/s");
  milliseconds("published forward");
  milliseconds("published step");
  results.add("published step / two forwards",
              measured.ratio("published step", "published forward") / 2, "");
  results.add("published step, peak memory above the weights", published_peak, "MiB");
  milliseconds("forward");
  results.add("published forward / forward", measured.ratio("published forward", "forward"), "");
  for (std::size_t i = 0; i < variants().size(); ++i) {
    const std::string name = "step, " + variants()[i].name;
    milliseconds(name);
    results.add(name + " / two forwards", measured.ratio(name, "forward") / 2, "");
    results.add("published step / " + name, measured.ratio("published step", name), "");
    results.add(name + ", peak memory above the weights", peaks[i], "MiB");
  }
  published.parameters.clear();
  PluginStep adamw(model, batch, "adamw", {{"lr", "1e-7"}});
  results.add("AdamW step, peak memory above the weights", bench::peak_mib([&] {
                const at::AutoGradMode with_gradients(true);
                adamw();
              }),
              "MiB");
}
