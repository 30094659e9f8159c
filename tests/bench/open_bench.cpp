// Opening a checkpoint: SmolLM2-135M from safetensors into a model's parameters, beside what the
// Python package safetensors takes to open the same file and to touch each of its pages, and to
// read each of its numbers. In every round all of them run once; the file is in the page cache.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "formats/gguf/gguf.hpp"
#include "models/families/registry.hpp"
#include "models/family.hpp"
#include "models/files/parameter_files.hpp"
#include "rounds.hpp"
#include "support/smollm2.hpp"
#include "support/test_paths.hpp"
#include "table.hpp"

namespace trainbus::bench {
namespace {

using Shapes = std::vector<Parameters::Shape>;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

// The script prints the seconds of the second time that it opens the file.
double python_s(const std::string& touch, const std::filesystem::path& file) {
  const char* named = std::getenv("TRAINBUS_PEERS_PYTHON");
  const std::string python =
      named != nullptr ? named : TRAINBUS_SOURCE_DIR "/.deps/peers/bin/python";
  const std::string script = R"py(
import time, torch
from safetensors import safe_open
torch.set_num_threads(2)
def once():
  begin = time.perf_counter()
  with safe_open('FILE', 'pt') as file:
    for name in file.keys():
      file.get_tensor(name)TOUCH
  return time.perf_counter() - begin
once()
print(once())
)py";
  const std::string command = "'" + python + "' -c \"" +
                              replaced(replaced(script, "FILE", file.string()), "TOUCH", touch) +
                              "\"";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> output(::popen(command.c_str(), "r"),
                                                               ::pclose);
  std::array<char, 64> line = {};
  if (output == nullptr || std::fgets(line.data(), line.size(), output.get()) == nullptr)
    throw std::runtime_error("the Python package safetensors is not there");
  return std::atof(line.data());
}

// check: with a look at every number, for NaN and infinity, as a model is opened.
double load_s(const Shapes& shapes, const std::filesystem::path& file, kernels::Format format,
              bool check) {
  const double begin = now_s();
  const OpenedParameters opened =
      open_parameters(shapes, *open_checkpoint(file), CheckpointMap(), format);
  if (check) opened.check();
  return now_s() - begin;
}

void measure(Results& results, const Shapes& shapes, const std::filesystem::path& file,
             kernels::Format stored, const std::string& type) {
  const std::string pages = "safetensors, a byte of each page", numbers = "safetensors, the sum";
  const std::string as_float = "to float32", as_stored = "as it is stored";
  const std::string checked = "as it is stored, all numbers checked";
  Rounds rounds;
  rounds.add(pages, [&] { return python_s(".view(torch.uint8).reshape(-1)[::4096].sum()", file); });
  rounds.add(numbers, [&] { return python_s(".sum()", file); });
  if (stored != kernels::Format::Float32)
    rounds.add(as_float, [&] { return load_s(shapes, file, kernels::Format::Float32, true); });
  rounds.add(as_stored, [&] { return load_s(shapes, file, stored, false); });
  rounds.add(checked, [&] { return load_s(shapes, file, stored, true); });
  rounds.run(7);
  rounds.for_each([&](const std::string& name, double seconds) {
    results.add(type + ": " + name, seconds * 1e3, "ms");
  });
  for (const std::string& ours : {as_stored, checked}) {
    results.add(type + ": " + ours + " / pages", rounds.ratio(ours, pages), "");
    results.add(type + ": " + ours + " / sum", rounds.ratio(ours, numbers), "");
  }
}

}  // namespace
}  // namespace trainbus::bench

int main(int argc, char** argv) {
  using namespace trainbus;
  bench::Results results(argc, argv);
  const testing::ScratchFolder folder;
  const GgufFile gguf(testing::smollm2());
  const ModelConfig config = config_from_gguf(gguf);
  const ModelFamily& family = *find_model_family(config.model_type);
  const auto shapes = family.shapes(config);
  std::vector<double> seconds;
  for (int i = 0; i < 7; ++i) {
    const double begin = bench::now_s();
    load_parameters(shapes, GgufCheckpoint(gguf), family.gguf(config));
    seconds.push_back(bench::now_s() - begin);
  }
  results.add("GGUF Q4_1: to float32", bench::median(seconds) * 1e3, "ms");
  for (const auto& [format, type] : {std::pair{kernels::Format::Float32, "float32 file"},
                                     std::pair{kernels::Format::BFloat16, "bfloat16 file"}}) {
    const std::filesystem::path file = folder / "model.safetensors";
    save_parameters(load_parameters(shapes, GgufCheckpoint(gguf), family.gguf(config), format),
                    file);
    bench::measure(results, shapes, file, format, type);
  }
}
