// Tokens a second that SmolLM2-135M generates, beside what the memory's bandwidth allows: a step
// reads every weight once, however many texts it continues. Beside llama.cpp too, on the same file,
// where the Python that TRAINBUS_PEERS_PYTHON names has the packages llama-cpp-python and gguf.
#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <numeric>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "generation/generate.hpp"
#include "models/activation_memory.hpp"
#include "models/files/model_files.hpp"
#include "models/weights/materialized_weights.hpp"
#include "python_peer.hpp"
#include "support/smollm2.hpp"
#include "support/test_paths.hpp"
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

std::vector<std::int32_t> prompt_of(const LoadedModel& loaded) {
  return loaded.tokenizer->encode_beginning("The most remarkable thing about this film is");
}

constexpr int new_tokens = 64;

// The median time of a step that continues so many texts by a token each.
double step_seconds(const LoadedModel& loaded, std::size_t texts) {
  PlainWeights weights(loaded.model->parameters());
  const std::vector<std::vector<std::int32_t>> prompts(texts, prompt_of(loaded));
  GenerationOptions options;
  options.max_new_tokens = new_tokens;
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

bool has_llama_cpp() {
  const char* python = std::getenv("TRAINBUS_PEERS_PYTHON");
  if (python == nullptr) return false;
  const std::string ask = bench::quoted(python) + " -c 'import gguf, llama_cpp' 2>/dev/null";
  return std::system(ask.c_str()) == 0;
}

// One text, in turn with llama.cpp on the same file.
void compare(bench::Results& results, const std::string& name, const std::string& type,
             kernels::Format format, int threads) {
  const testing::ScratchFolder folder;
  const std::string file = (folder / "model.gguf").string();
  const std::string script = bench::peer_script("generate_peer.py");
  const std::string make = script + "make " + bench::quoted(testing::smollm2().string()) + " " +
                           type + " " + bench::quoted(file);
  if (std::system(make.c_str()) != 0) throw std::runtime_error("the peer made no file");
  const LoadedModel loaded = load_language_model(file, format);
  std::string ids;
  for (const std::int32_t id : prompt_of(loaded))
    ids += (ids.empty() ? "" : ",") + std::to_string(id);
  bench::PythonPeer peer(
      script + "time " + bench::quoted(file) + " " + std::to_string(threads) + " " + ids,
      "llama-cpp-python");
  std::vector<double> here, there;
  for (int round = 0; round < 7; ++round) {
    here.push_back(step_seconds(loaded, 1));
    there.push_back(peer.ask(std::to_string(new_tokens)).first);
  }
  results.add(name + ", the file: step", bench::median(here) * 1e3, "ms");
  results.add(name + ", the file: step of llama.cpp", bench::median(there) * 1e3, "ms");
  results.add(name + ", the file: ours / llama.cpp", bench::median(here) / bench::median(there),
              "");
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
  if (!has_llama_cpp()) return 0;
  compare(results, "float32", "F32", kernels::Format::Float32, threads);
  compare(results, "bfloat16", "BF16", kernels::Format::BFloat16, threads);
}
