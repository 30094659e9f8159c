#include <tuple>

#include "bench/cuda_bench.hpp"
#include "cuda/passes.hpp"

namespace trainbus::bench {
namespace {

using cuda::Distribution;
using kernels::Format;

struct Size {
  std::int64_t rows, columns;
};

// OPT-1.3B: 24 layers of width 2048, vocabulary 50272.
std::vector<Size> opt_1_3b() {
  std::vector<Size> sizes{{50272, 2048}, {2050, 2048}, {0, 2048}, {0, 2048}};
  for (int layer = 0; layer < 24; ++layer) {
    for (int i = 0; i < 4; ++i) sizes.insert(sizes.end(), {{2048, 2048}, {0, 2048}});
    sizes.insert(sizes.end(), {{8192, 2048}, {0, 8192}, {2048, 8192}, {0, 2048}});
    for (int i = 0; i < 4; ++i) sizes.push_back({0, 2048});
  }
  return sizes;
}

std::int64_t elements(const Size& s) { return (s.rows == 0 ? 1 : s.rows) * s.columns; }

// All tensors in one piece of memory, in any format over the same bytes.
class Parameters {
 public:
  Parameters() {
    for (const Size& s : opt_1_3b()) count_ += elements(s);
    values_ = cuda_memory<float>(static_cast<std::size_t>(count_));
    out_ = cuda_memory<float>(static_cast<std::size_t>(count_));
    residuals_ = cuda_memory<std::int16_t>(static_cast<std::size_t>(count_));
  }
  ~Parameters() {
    cudaFree(values_);
    cudaFree(out_);
    cudaFree(residuals_);
  }
  std::int64_t count() const { return count_; }
  void* values() { return values_; }
  void* out() { return out_; }

  cuda::Table table(Format format) {
    const std::int64_t width = format == Format::Float32 ? 4 : 2;
    const Format out_format = kernels::residual_bytes(format) > 0 ? Format::BFloat16 : format;
    std::vector<cuda::Tensor> tensors;
    std::int64_t at = 0;
    for (const Size& s : opt_1_3b()) {
      tensors.push_back({static_cast<std::uint16_t>(tensors.size()), s.rows, s.columns, format,
                         reinterpret_cast<char*>(values_) + at * width,
                         reinterpret_cast<char*>(residuals_) + at * kernels::residual_bytes(format),
                         reinterpret_cast<char*>(out_) + at * width, out_format});
      at += elements(s);
    }
    cuda::Table table = cuda::lay_out(tensors);
    table.entries = cuda_copy_of(table.host_entries);
    return table;
  }
  // Numbers as parameters have them.
  void fill(const cuda::Table& table) {
    cuda_check(cudaMemset(values_, 0, static_cast<std::size_t>(count_) * 4), "fill");
    cuda_check(cudaMemset(residuals_, 0, static_cast<std::size_t>(count_) * 2), "fill");
    const cuda::Term* const term = cuda_copy_of<cuda::Term>({{1, 0, 0, 0, 0.02f, 0}});
    const cuda::UpdateStep* const step = cuda_copy_of<cuda::UpdateStep>({{0, 1, 0}});
    cuda_check(cuda::update(table, {Distribution::FastGaussian, step, 1, term, 1}, nullptr),
               "fill");
    cuda_check(cudaDeviceSynchronize(), "fill");
  }

 private:
  std::int64_t count_ = 0;
  float *values_, *out_;
  std::int16_t* residuals_;
};

const char* name_of(Format format) {
  const char* const names[] = {"float32", "bfloat16", "float16", "bfloat16 + residual",
                               "bfloat16, split"};
  return names[static_cast<int>(format)];
}

void measure_format(Results& results, int rounds, Parameters& parameters, Format format) {
  const cuda::Table table = parameters.table(format);
  parameters.fill(table);
  std::vector<cuda::Term> terms;
  std::vector<cuda::UpdateStep> steps;
  for (std::uint32_t s = 0; s < 8; ++s) {
    terms.push_back({42, s, 0, 0, s % 2 ? -2e-6f : 2e-6f, 0});
    steps.push_back({static_cast<std::int32_t>(s), 1, 0});
  }
  steps.push_back({0, 4, 0});
  const cuda::Term* const t = cuda_copy_of(terms);
  const cuda::UpdateStep* const u = cuda_copy_of(steps);

  CudaRounds timer(nullptr);
  const double count = static_cast<double>(parameters.count());
  const double width = format == Format::Float32 ? 4 : 2;
  const double stored = static_cast<double>(kernels::bytes_per_parameter(format));
  std::vector<std::tuple<std::string, double>> passes{{"copy", 2 * width}};
  timer.add("copy", [&](int) {
    cuda_check(cudaMemcpyAsync(parameters.out(), parameters.values(),
                               static_cast<std::size_t>(count * width), cudaMemcpyDeviceToDevice),
               "copy");
  });
  const auto add_update = [&](const char* name, Distribution d, int first, int step_count,
                              int term_count) {
    passes.push_back({name, 2 * stored});
    timer.add(name, [&table, d, u, t, first, step_count, term_count](int) {
      cuda_check(cuda::update(table, {d, u + first, step_count, t, term_count}, nullptr), "update");
    });
  };
  add_update("update, Rademacher", Distribution::Rademacher, 0, 1, 1);
  add_update("update, binomial", Distribution::Binomial, 0, 1, 1);
  add_update("update, fast Gaussian", Distribution::FastGaussian, 0, 1, 1);
  add_update("update, Gaussian", Distribution::Gaussian, 0, 1, 1);
  add_update("update by 4 directions, Rademacher", Distribution::Rademacher, 8, 1, 4);
  add_update("replay of 8 steps, Rademacher", Distribution::Rademacher, 0, 8, 8);
  const auto add_perturb = [&](const char* name, Distribution d) {
    passes.push_back({name, 2 * width});
    timer.add(name, [&table, d, t](int) {
      cuda_check(cuda::perturb(table, d, t, 1, nullptr), "perturb");
    });
  };
  add_perturb("perturb, Rademacher", Distribution::Rademacher);
  add_perturb("perturb, fast Gaussian", Distribution::FastGaussian);
  add_perturb("perturb, Gaussian", Distribution::Gaussian);
  timer.run(rounds, 3);

  const double copy_rate = 2 * width * count / timer.median_s("copy");
  for (const auto& [name, bytes] : passes) {
    const double seconds = timer.median_s(name), rate = bytes * count / seconds;
    std::printf("%-20s %-36s %8.3f ms %8.0f GB/s %6.1f %% of copy\n", name_of(format), name.c_str(),
                seconds * 1e3, rate * 1e-9, 100 * rate / copy_rate);
    results.record(std::string(name_of(format)) + ", " + name, seconds * 1e3, "ms");
    results.record(std::string(name_of(format)) + ", " + name + ", of copy", rate / copy_rate, "");
  }
}

}  // namespace

void measure_passes(Results& results, int rounds) {
  Parameters parameters;
  std::printf("%lld parameters, median of %d rounds\n", static_cast<long long>(parameters.count()),
              rounds);
  for (const Format format : {Format::Float32, Format::BFloat16, Format::Float16,
                              Format::BFloat16Residual, Format::BFloat16Split})
    measure_format(results, rounds, parameters, format);
}

}  // namespace trainbus::bench
