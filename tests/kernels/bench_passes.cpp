#include "kernels/bench_passes.hpp"

#include <algorithm>
#include <cstring>

#include "kernels/low_rank.hpp"
#include "kernels/perturb.hpp"
#include "kernels/update.hpp"

namespace trainbus::kernels::bench {
namespace {

struct NamedDistribution {
  const char* name;
  Distribution distribution;
};
constexpr NamedDistribution distributions[] = {{"Rademacher", Distribution::Rademacher},
                                               {"binomial", Distribution::Binomial},
                                               {"Gaussian", Distribution::Gaussian}};
struct NamedFormat {
  const char* name;
  Format format;
};
constexpr NamedFormat narrow_formats[] = {{"bfloat16", Format::BFloat16},
                                          {"float16", Format::Float16},
                                          {"bfloat16 + residual", Format::BFloat16Residual}};

Direction direction_of(Distribution distribution, std::uint16_t number = 0,
                       std::uint16_t shares = 1) {
  return {1, 2, number, distribution, shares};
}

// Calls work(tensor's number as an id, slice) for all slices, each on one thread.
template <class Work>
void for_slices(Memory& memory, const Work& work) {
  const std::vector<Slice>& slices = memory.slices();
#pragma omp parallel for schedule(dynamic, 4)
  for (std::size_t i = 0; i < slices.size(); ++i)
    work(static_cast<TensorId>(slices[i].tensor), slices[i]);
}

template <class Work>
void for_tensors(Memory& memory, const Work& work) {
  for (std::size_t i = 0; i < memory.tensors().size(); ++i)
    work(static_cast<TensorId>(i), memory.tensors()[i].shape);
}

// One slice a thread at a time, in its cache.
void copy_slices(Memory& memory) {
  for_slices(memory, [&](TensorId id, const Slice& s) {
    const Tensor& t = memory.tensors()[id];
    const std::int64_t columns = t.shape.columns();
    std::memcpy(memory.scratch(), memory.float32() + t.offset + s.row_begin * columns,
                static_cast<std::size_t>((s.row_end - s.row_begin) * columns) * 4);
  });
}

void axpy(Memory& memory) {
  float* const p = memory.float32();
  const std::int64_t count = memory.count();
#pragma omp parallel for simd schedule(static)
  for (std::int64_t i = 0; i < count; ++i) p[i] = p[i] * 1.0f + 1e-9f;
}

void update_all(Memory& memory, Format format, Distribution distribution, float limit) {
  for_tensors(memory, [&](TensorId id, const Shape& shape) {
    update(memory.tensor(format, id), shape, id, direction_of(distribution), 1e-9f, 1e-9f, limit);
  });
}

void perturb_slices(Memory& memory, Format format, Distribution distribution) {
  for_slices(memory, [&](TensorId id, const Slice& s) {
    perturb_row_range(memory.tensor(format, id), memory.scratch(), memory.tensors()[id].shape, id,
                      direction_of(distribution), 1e-3f, s.row_begin, s.row_end);
  });
}

void perturb_both_slices(Memory& memory, const Direction& direction) {
  for_slices(memory, [&](TensorId id, const Slice& s) {
    perturb_both_row_range(memory.tensor(Format::Float32, id), memory.scratch(), memory.scratch(1),
                           memory.tensors()[id].shape, id, direction, 1e-3f, s.row_begin,
                           s.row_end);
  });
}

// As the matrix product takes them: most rows in panels, the others as above.
void perturb_both_panels_of_slices(Memory& memory, const Direction& direction) {
  const std::int64_t width = 48;
  for_slices(memory, [&](TensorId id, const Slice& s) {
    const Shape& shape = memory.tensors()[id].shape;
    for (std::int64_t row = s.row_begin; row < s.row_end; row += width) {
      const std::int64_t end = std::min(row + width, s.row_end);
      const Stored theta = memory.tensor(Format::Float32, id);
      if (!perturb_both_panels(theta, memory.scratch(), memory.scratch(1), shape, id, direction,
                               1e-3f, row, end))
        perturb_both_row_range(theta, memory.scratch(), memory.scratch(1), shape, id, direction,
                               1e-3f, row, end);
    }
  });
}

// One call a tensor, all threads inside it; the embedding alone would not fit the scratch.
void perturb_tensors(Memory& memory, Distribution distribution) {
  for_tensors(memory, [&](TensorId id, const Shape& shape) {
    if (id > 0)
      perturb(memory.tensor(Format::Float32, id), memory.scratch(), shape, id,
              direction_of(distribution), 1e-3f);
  });
}

// Again and again over parameters that stay in a core's cache: what making z costs.
void update_in_cache(Memory& memory, Distribution distribution) {
  const Shape shape = Shape::matrix(96, 576);
  const std::int64_t times = memory.count() / shape.elements();
#pragma omp parallel
  {
    float* const theta = memory.scratch();
#pragma omp for schedule(static)
    for (std::int64_t i = 0; i < times; ++i)
      update(theta, shape, 1, direction_of(distribution), 1e-9f, 0);
  }
}

void update_by_several(Memory& memory, Distribution distribution, std::uint16_t directions,
                       std::uint16_t shares = 1) {
  std::vector<Term> terms;
  for (std::uint16_t k = 0; k < directions; ++k)
    terms.push_back({direction_of(distribution, k, shares), 1e-9f});
  for_tensors(memory, [&](TensorId id, const Shape& shape) {
    update(memory.tensor(Format::Float32, id), shape, id, terms, 1e-9f);
  });
}

void replay_eight(Memory& memory, Format format, Distribution distribution,
                  std::uint16_t shares = 1) {
  std::vector<std::vector<Term>> terms(8);
  std::vector<UpdateStep> steps;
  for (std::uint32_t s = 0; s < 8; ++s) {
    for (std::uint16_t k = 0; k < shares; ++k)
      terms[s].push_back({{1, s, k, distribution, shares}, 1e-9f});
    steps.push_back({terms[s], 1e-9f});
  }
  for_tensors(memory, [&](TensorId id, const Shape& shape) {
    replay(memory.tensor(format, id), shape, id, steps);
  });
}

void update_low_rank(Memory& memory, const std::vector<float>& factor) {
  for_tensors(memory, [&](TensorId id, const Shape& shape) {
    if (!shape.is_vector())
      low_rank_update(memory.tensor(Format::Float32, id), shape, factor.data(), factor.data(), 2,
                      1e-9f, 1e-9f);
  });
}

double median_of(std::vector<double> sorted) {
  std::sort(sorted.begin(), sorted.end());
  return sorted[sorted.size() / 2];
}

Pass axpy_pass(Memory& m) {
  return {"no z", "axpy in place", static_cast<double>(m.count()), 0, 8, [&m] { axpy(m); }};
}

double without_embedding(const Memory& memory) {
  return static_cast<double>(memory.count() - memory.tensors()[0].shape.elements());
}

}  // namespace

double Pass::median() const { return median_of(seconds); }
double Pass::best() const { return *std::min_element(seconds.begin(), seconds.end()); }

std::vector<Pass> float32_passes(Memory& m) {
  const auto all = static_cast<double>(m.count());
  std::vector<Pass> passes{
      {"no z", "memcpy into cached slices", all, 0, 4, [&m] { copy_slices(m); }}, axpy_pass(m)};
  for (const auto& [name, d] : distributions) {
    const auto distribution = d;
    passes.push_back({name, "update", all, 1, 8, [&m, distribution] {
                        update_all(m, Format::Float32, distribution, no_magnitude_limit);
                      }});
    passes.push_back({name, "update in cache", all, 1, 0,
                      [&m, distribution] { update_in_cache(m, distribution); }});
    passes.push_back({name, "perturb into cached slices", all, 1, 4,
                      [&m, distribution] { perturb_slices(m, Format::Float32, distribution); }});
    passes.push_back({name, "perturb both sides into cached slices", all, 1, 4,
                      [&m, distribution] { perturb_both_slices(m, direction_of(distribution)); }});
    passes.push_back({name, "perturb whole tensors, no embedding", without_embedding(m), 1, 4,
                      [&m, distribution] { perturb_tensors(m, distribution); }});
  }
  return passes;
}

std::vector<Pass> format_passes(Memory& m) {
  const auto all = static_cast<double>(m.count());
  std::vector<Pass> passes{axpy_pass(m)};
  for (const auto& [name, f] : narrow_formats) {
    const auto format = f;
    const double bytes = static_cast<double>(bytes_per_parameter(format));
    for (const Distribution d : {Distribution::Rademacher, Distribution::Gaussian}) {
      const std::string z = d == Distribution::Rademacher ? ", Rademacher" : ", Gaussian";
      passes.push_back({name, "update" + z, all, 1, 2 * bytes,
                        [&m, format, d] { update_all(m, format, d, no_magnitude_limit); }});
      passes.push_back({name, "perturb into cached slices" + z, all, 1, 2,
                        [&m, format, d] { perturb_slices(m, format, d); }});
    }
  }
  return passes;
}

std::vector<Pass> variant_passes(Memory& m) {
  const auto all = static_cast<double>(m.count());
  constexpr auto rademacher = Distribution::Rademacher;
  std::vector<float> factor(std::size_t{49152} * 2);
  fill_normals({1, 2}, 1, static_cast<std::int64_t>(factor.size()), factor.data());
  return {
      axpy_pass(m),
      {"", "update by 4 directions, Rademacher", all, 4, 8,
       [&m] { update_by_several(m, rademacher, 4); }},
      {"", "update by 4 directions, Gaussian", all, 4, 8,
       [&m] { update_by_several(m, Distribution::Gaussian, 4); }},
      {"", "replay of 8 steps, Rademacher", all, 8, 8,
       [&m] { replay_eight(m, Format::Float32, rademacher); }},
      {"", "replay of 8 steps, bfloat16 + residual", all, 8, 6,
       [&m] { replay_eight(m, Format::BFloat16Residual, rademacher); }},
      {"", "update of small magnitudes, Rademacher", all, 1, 8,
       [&m] { update_all(m, Format::Float32, rademacher, 0.25f); }},
      {"", "update of rank 2", all, 0, 8, [&m, factor] { update_low_rank(m, factor); }},
  };
}

std::vector<Pass> share_passes(Memory& m) {
  const auto all = static_cast<double>(m.count());
  std::vector<Pass> passes{axpy_pass(m)};
  for (const auto& [name, d] : distributions)
    for (const std::uint16_t n : {1, 4, 16, 64}) {
      const auto distribution = d;
      const std::string of = n == 1 ? "" : ", " + std::to_string(n) + " shares";
      const Direction direction = direction_of(distribution, 0, n);
      passes.push_back({name, "perturb both sides" + of, all, 1, 4,
                        [&m, direction] { perturb_both_slices(m, direction); }});
      if (distribution == Distribution::Rademacher)
        passes.push_back({name, "both sides as panels" + of, all, 1, 4,
                          [&m, direction] { perturb_both_panels_of_slices(m, direction); }});
      passes.push_back({name, "update" + of, all, 1, 8,
                        [&m, distribution, n] { update_by_several(m, distribution, n, n); }});
      passes.push_back({name, "replay of 8 steps" + of, all, 8, 8, [&m, distribution, n] {
                          replay_eight(m, Format::Float32, distribution, n);
                        }});
      if (n == 4 || n == 16)
        passes.push_back({name, "update by " + std::to_string(n) + " directions", all,
                          static_cast<double>(n), 8,
                          [&m, distribution, n] { update_by_several(m, distribution, n); }});
    }
  return passes;
}

std::vector<Pass> scaling_passes(Memory& m) {
  const auto all = static_cast<double>(m.count());
  std::vector<Pass> passes{axpy_pass(m)};
  for (const auto& [name, d] : distributions) {
    const auto distribution = d;
    passes.push_back({name, "update", all, 1, 8, [&m, distribution] {
                        update_all(m, Format::Float32, distribution, no_magnitude_limit);
                      }});
  }
  return passes;
}

}  // namespace trainbus::kernels::bench
