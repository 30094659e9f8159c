// A MeZO step of SmolLM2-135M beside its two forward passes, and the memory that it takes above the
// weights.
#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <malloc.h>

#include <cstring>
#include <fstream>

#include "core/bus.hpp"
#include "engine/counter_direction.hpp"
#include "engine/trainer.hpp"
#include "models/model_files.hpp"
#include "models/materialized_weights.hpp"
#include "support/memory_task.hpp"
#include "support/plugin_optimizer.hpp"
#include "support/smollm2.hpp"
#include "table.hpp"
#include "tasks/prompt_batches.hpp"

using namespace trainbus;

namespace {

// A line of /proc/self/status in MiB: VmRSS is resident now, VmHWM the highest it was.
double status_mib(const std::string& field) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(field + ":")) return std::stod(line.substr(field.size() + 1)) / 1024;
  return 0;
}

void forget_peak() { std::ofstream("/proc/self/clear_refs") << "5"; }

// Sixteen prompts of 18 to 49 tokens, 477 in all.
Batch make_batch(const Tokenizer& tokenizer) {
  static constexpr int lengths[] = {18, 20, 21, 22, 24, 25, 26, 28, 29, 30, 31, 33, 35, 40, 46, 49};
  tasks::Dataset data;
  data.labels = {{"rotten", " Negative"}, {"fresh", " Positive"}};
  for (int length : lengths) {
    tasks::Example example;
    example.prompt = "Review:";
    for (int i = 0; i < length - 1; ++i) example.prompt += " film";
    example.text_begin = 7;
    example.text_size = example.prompt.size() - 7;
    example.label = static_cast<std::uint32_t>(length % 2);
    data.train.push_back(example);
  }
  const PromptTask task(data, [&](std::string_view text) { return tokenizer.encode(text); },
                        {.batch_size = 16});
  return task.evaluation_batch(Split::Train, 0);
}

struct Measured {
  double forward_s, step_s;
};

Measured measure(LoadedModel& loaded, const Batch& batch, const std::string& z, int rounds) {
  const testing::MemoryTask task({batch});
  const auto mezo = testing::make_optimizer("mezo", {{"lr", "1e-7"}, {"z", z}});
  Bus bus;
  PlainWeights weights(loaded.model->parameters());
  const at::NoGradGuard no_grad;
  std::vector<double> forwards, steps;
  Trainer warm(*loaded.model, task, *mezo, {.kind = ScheduleKind::Constant, .lr = 1e-7}, bus,
               {.max_steps = 1});
  warm.run();
  for (int i = 0; i < rounds; ++i) {
    const double begin = bench::now_s();
    for (int pass = 0; pass < 2; ++pass) loaded.model->loss(weights, batch).item<float>();
    forwards.push_back((bench::now_s() - begin) / 2);
    Trainer trainer(*loaded.model, task, *mezo, {.kind = ScheduleKind::Constant, .lr = 1e-7}, bus,
                    {.max_steps = 1});
    steps.push_back(trainer.run().seconds);
  }
  return {bench::median(forwards), bench::median(steps)};
}

}  // namespace

int main(int argc, char** argv) {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);  // as the launcher does
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  bench::Results results(argc, argv);
  int rounds = 7;
  for (int i = 1; i + 1 < argc; ++i)
    if (!std::strcmp(argv[i], "--rounds")) rounds = std::atoi(argv[i + 1]);
  LoadedModel loaded = load_language_model(testing::smollm2());
  const Batch batch = make_batch(*loaded.tokenizer);
  results.add("threads", at::get_num_threads(), "");
  results.add("tokens in a batch of 16", static_cast<double>(batch.token_count), "");
  malloc_trim(0);
  forget_peak();
  const double before = status_mib("VmRSS");
  for (const char* z : {"rademacher", "gaussian"}) {
    const Measured m = measure(loaded, batch, z, rounds);
    results.add(std::string("forward (beside ") + z + ")", m.forward_s * 1e3, "ms");
    results.add(std::string("step, ") + z, m.step_s * 1e3, "ms");
    results.add(std::string("step / two forwards, ") + z, m.step_s / (2 * m.forward_s), "");
    if (!std::strcmp(z, "rademacher"))
      results.add("peak memory of steps and forwards above the loaded model",
                  status_mib("VmHWM") - before, "MiB");
  }
}
