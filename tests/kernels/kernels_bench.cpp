// Speed of perturbing and updating all parameters of SmolLM2-135M's shapes, beside passes over the
// same memory that make no z. Every pass runs once a round, so that drift of the machine hits all
// alike; printed is the median over the rounds.
//
//   kernels_bench [--rounds N] [--json FILE]        threads: OMP_NUM_THREADS; instructions:
//   TRAINBUS_CPU
#include <omp.h>
#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/cpu.hpp"
#include "kernels/perturb.hpp"
#include "kernels/update.hpp"

namespace {

using namespace trainbus::kernels;

struct Tensor {
  Shape shape;
  float* data;
};

struct Slice {
  std::size_t tensor;
  std::int64_t row_begin, row_end;
};

constexpr std::int64_t rows_per_slice = 96;
constexpr std::size_t scratch_floats = std::size_t{1536} * 576;  // the largest matrix of a layer

std::vector<Shape> smollm2_shapes() {
  std::vector<Shape> shapes{Shape::matrix(49152, 576)};
  for (int layer = 0; layer < 30; ++layer) {
    for (const std::int64_t rows : {576, 192, 192, 576, 1536, 1536})
      shapes.push_back(Shape::matrix(rows, 576));
    shapes.push_back(Shape::matrix(576, 1536));
    for (int norm = 0; norm < 2; ++norm) shapes.push_back(Shape::vector(576));
  }
  shapes.push_back(Shape::vector(576));
  return shapes;
}

float* huge_pages(std::size_t floats) {
  void* p = mmap(nullptr, floats * 4, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED) {
    std::perror("kernels_bench: memory for the parameters");
    std::exit(1);
  }
  madvise(p, floats * 4, MADV_HUGEPAGE);
  std::fill_n(static_cast<float*>(p), floats, 0.5f);
  return static_cast<float*>(p);
}

// All parameters in one piece of memory, and what passes over them write to.
struct Parameters {
  Parameters() {
    for (const Shape& shape : smollm2_shapes()) count += shape.elements();
    float* p = data = huge_pages(static_cast<std::size_t>(count));
    for (const Shape& shape : smollm2_shapes()) {
      if (!shape.is_vector())
        for (std::int64_t row = 0; row < shape.rows(); row += rows_per_slice)
          slices.push_back({tensors.size(), row, std::min(shape.rows(), row + rows_per_slice)});
      tensors.push_back({shape, p});
      p += shape.elements();
    }
    scratch.resize(static_cast<std::size_t>(omp_get_max_threads()));
    for (auto& s : scratch) s.resize(scratch_floats);
  }

  // Calls work(tensor id, slice, this thread's scratch) for all slices of matrices.
  template <class Work>
  void for_slices(const Work& work) {
#pragma omp parallel for schedule(dynamic, 4)
    for (std::size_t i = 0; i < slices.size(); ++i)
      work(slices[i], scratch[static_cast<std::size_t>(omp_get_thread_num())].data());
  }

  std::int64_t count = 0;
  float* data;
  std::vector<Tensor> tensors;
  std::vector<Slice> slices;
  std::vector<std::vector<float>> scratch;
};

struct Pass {
  std::string name;
  std::int64_t parameters;
  int bytes_per_parameter;  // that travel to and from memory
  std::function<void()> run;
  std::vector<double> seconds = {};

  double median() const {
    std::vector<double> sorted = seconds;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
};

void copy_slices(Parameters& p) {
  p.for_slices([&p](const Slice& s, float* scratch) {
    const Tensor& t = p.tensors[s.tensor];
    const auto columns = static_cast<std::size_t>(t.shape.columns());
    std::memcpy(scratch, t.data + static_cast<std::size_t>(s.row_begin) * columns,
                static_cast<std::size_t>(s.row_end - s.row_begin) * columns * 4);
  });
}

void add_constant(Parameters& p) {
#pragma omp parallel for simd schedule(static)
  for (std::int64_t i = 0; i < p.count; ++i) p.data[i] = p.data[i] * 1.0f + 1e-9f;
}

void update_all(Parameters& p, const Direction& direction) {
  TensorId id = 0;
  for (const Tensor& t : p.tensors) update(t.data, t.shape, id++, direction, 1e-9f, 1e-9f);
}

// One call a tensor, all threads inside it; the embedding alone would not fit the scratch.
void perturb_tensors(Parameters& p, const Direction& direction) {
  for (std::size_t i = 1; i < p.tensors.size(); ++i)
    perturb(p.tensors[i].data, p.scratch[0].data(), p.tensors[i].shape, static_cast<TensorId>(i),
            direction, 1e-3f);
}

// One slice a thread at a time, in its cache.
void perturb_slices(Parameters& p, const Direction& direction) {
  p.for_slices([&](const Slice& s, float* scratch) {
    const Tensor& t = p.tensors[s.tensor];
    perturb_row_range(t.data, scratch, t.shape, static_cast<TensorId>(s.tensor), direction, 1e-3f,
                      s.row_begin, s.row_end);
  });
}

std::vector<Pass> passes(Parameters& p) {
  std::vector<Pass> all{{"memcpy into cached slices", p.count, 4, [&p] { copy_slices(p); }},
                        {"plain axpy in place, no z", p.count, 8, [&p] { add_constant(p); }}};
  for (const auto& [name, distribution] : {std::pair{"Rademacher", Distribution::Rademacher},
                                           std::pair{"Gaussian", Distribution::Gaussian}}) {
    const Direction z{1, 2, 0, distribution};
    all.push_back({std::string("update, ") + name, p.count, 8, [&p, z] { update_all(p, z); }});
    all.push_back({std::string("perturb into cached slices, ") + name, p.count, 4,
                   [&p, z] { perturb_slices(p, z); }});
    all.push_back({std::string("perturb whole tensors, no embedding, ") + name,
                   p.count - p.tensors[0].shape.elements(), 4, [&p, z] { perturb_tensors(p, z); }});
  }
  return all;
}

void print(const std::vector<Pass>& all, std::int64_t parameters) {
  std::printf("%lld parameters, %s, %d threads, median of %zu rounds\n",
              static_cast<long long>(parameters), cpu_name(cpu()).data(), omp_get_max_threads(),
              all[0].seconds.size());
  std::printf("%-44s %8s %8s %10s %8s\n", "pass", "ms", "best", "Gparam/s", "GB/s");
  for (const Pass& pass : all) {
    const double rate = static_cast<double>(pass.parameters) / pass.median() * 1e-9;
    std::printf("%-44s %8.1f %8.1f %10.2f %8.1f\n", pass.name.c_str(), pass.median() * 1e3,
                *std::min_element(pass.seconds.begin(), pass.seconds.end()) * 1e3, rate,
                rate * pass.bytes_per_parameter);
  }
}

void write_json(const std::vector<Pass>& all, std::int64_t parameters, const std::string& file) {
  std::ofstream out(file);
  out << "{\"cpu\":\"" << cpu_name(cpu()) << "\",\"threads\":" << omp_get_max_threads()
      << ",\"parameters\":" << parameters << ",\"passes\":[";
  for (std::size_t i = 0; i < all.size(); ++i)
    out << (i ? "," : "") << "\n{\"name\":\"" << all[i].name
        << "\",\"parameters\":" << all[i].parameters << ",\"median_ms\":" << all[i].median() * 1e3
        << ",\"bytes_per_parameter\":" << all[i].bytes_per_parameter << "}";
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
  Parameters parameters;
  std::vector<Pass> all = passes(parameters);
  for (Pass& pass : all) pass.run();  // warm
  for (int round = 0; round < rounds; ++round)
    for (Pass& pass : all) {
      const auto start = std::chrono::steady_clock::now();
      pass.run();
      pass.seconds.push_back(
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
  print(all, parameters.count);
  if (!json.empty()) write_json(all, parameters.count, json);
}
