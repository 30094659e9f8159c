// Tokens a second that SmolLM2-135M generates, beside what the memory's bandwidth allows: a step
// reads every weight once, however many texts it continues.
#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include "generation/generate.hpp"
#include "models/activation_memory.hpp"
#include "models/files/model_files.hpp"
#include "models/weights/materialized_weights.hpp"
#include "support/smollm2.hpp"
#include "table.hpp"

using namespace trainbus;

namespace {

std::uint64_t sum_of(const std::uint64_t* from, std::size_t count) {
  std::uint64_t sums[8] = {};
  for (std::size_t i = 0; i + 8 <= count; i += 8)
    for (std::size_t j = 0; j < 8; ++j) sums[j] += from[i + j];
  return std::accumulate(std::begin(sums), std::end(sums), std::uint64_t{0});
}

// Bytes that all cores read a second from memory that fits no cache, best of some.
double bandwidth(int threads) {
  static const std::vector<std::uint64_t> memory(std::size_t{1} << 26, 1);
  static std::atomic<std::uint64_t> sum = 0;  // so that the reading is not optimised away
  double best = 0;
  for (int round = 0; round < 5; ++round) {
    const double begin = bench::now_s();
    std::vector<std::thread> readers;
    const std::size_t share = memory.size() / static_cast<std::size_t>(threads);
    for (int t = 0; t < threads; ++t)
      readers.emplace_back([t, share] {
        sum += sum_of(memory.data() + static_cast<std::size_t>(t) * share, share);
      });
    for (std::thread& reader : readers) reader.join();
    best = std::max(best, static_cast<double>(memory.size() * 8) / (bench::now_s() - begin));
  }
  return best;
}

// What a forward pass reads of the weights; a tied embedding is the output matrix.
double bytes_read(const PretrainedModel& model) {
  double bytes = 0;
  for (const Parameter& parameter : model.parameters())
    if (parameter.name != "model.embed_tokens.weight" || model.config().tie_word_embeddings)
      bytes += static_cast<double>(parameter.value.nbytes());
  return bytes;
}

// The median time of a step that continues so many texts by a token each.
double step_seconds(const LoadedModel& loaded, std::size_t texts) {
  PlainWeights weights(loaded.model->parameters());
  const std::vector<std::vector<std::int32_t>> prompts(
      texts, loaded.tokenizer->encode_beginning("The most remarkable thing about this film is"));
  GenerationOptions options;
  options.max_new_tokens = 64;
  std::vector<double> times;
  double before = bench::now_s();
  const GenerationHooks hooks{.interrupted = [&] {
    times.push_back(bench::now_s() - before);
    before = bench::now_s();
    return false;
  }};
  generate(*loaded.model, weights, loaded.tokenizer.get(), prompts, options, hooks);
  times.erase(times.begin(), times.begin() + 2);  // until the first step, and the prompts' own
  return bench::median(times);
}

}  // namespace

int main(int argc, char** argv) {
  bench::Results results(argc, argv);
  use_huge_pages_for_tensors();
  const int threads = at::get_num_threads();
  for (const auto& [name, format] : {std::pair{"float32", kernels::Format::Float32},
                                     std::pair{"bfloat16", kernels::Format::BFloat16}}) {
    const LoadedModel loaded = load_language_model(testing::smollm2(), format);
    const double bytes = bytes_read(*loaded.model);
    for (const std::size_t texts : {1, 8, 16}) {
      const double before = bandwidth(threads), seconds = step_seconds(loaded, texts);
      const double memory = std::max(before, bandwidth(threads));
      const std::string what = std::string(name) + ", " + std::to_string(texts) + " at a time: ";
      results.add(what + "step", seconds * 1e3, "ms");
      results.add(what + "tokens", static_cast<double>(texts) / seconds, "/s");
      results.add(what + "weights", bytes / seconds / 1e9, "GB/s");
      results.add(what + "the memory's bandwidth", memory / 1e9, "GB/s");
      results.add(what + "weights / bandwidth", bytes / memory / seconds, "");
    }
  }
}
