#include "engine/directions/example_weights.hpp"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include "kernels/layer_norm.hpp"
#include "kernels/low_rank.hpp"
#include "kernels/rms_norm.hpp"

namespace trainbus {

ExampleWeights::ExampleWeights(const Parameters& parameters, const LowRankOptions& first,
                               const ExampleRows& rows, float scale)
    : parameters_(parameters), rows_(rows), plain_(parameters), rank_(first.rank), scale_(scale) {
  LowRankOptions options = first;
  for (std::int64_t i = 0; i < rows.examples(); ++i, ++options.direction)
    directions_.emplace_back(parameters, options);
}

// Calls each(run) for the runs of activations with so many rows, on several threads. A run is of
// one example, whose factors are made once for both sides.
template <class Each>
void ExampleWeights::for_runs(std::int64_t rows, const Each& each) const {
  const std::vector<Run>& runs = rows_.runs(rows);
  at::parallel_for(0, static_cast<std::int64_t>(runs.size()), 1,
                   [&](std::int64_t from, std::int64_t to) {
                     for (std::int64_t i = from; i < to; ++i)
                       each(runs[static_cast<std::size_t>(i)]);
                   });
}

at::Tensor ExampleWeights::for_sides(const at::Tensor& x) const {
  return (x.size(0) == 2 ? x : x.expand({2, x.size(1), x.size(2)})).contiguous();
}

// The plain layer of all sides' rows as one; then what each example has of its own, before the
// activation.
at::Tensor ExampleWeights::linear(const at::Tensor& given, const LinearOp& op) {
  const at::Tensor x = for_sides(given);
  const auto as_one = [](const at::Tensor& t) { return t.view({1, -1, t.size(2)}); };
  LinearOp plain{.weights = op.weights, .biases = op.biases, .rows = op.rows};
  const bool rides = op.residual.defined() && !op.activation;
  if (rides) plain.residual = as_one(for_sides(op.residual));
  at::Tensor y = plain_.linear(as_one(x), plain);
  y = y.view({2, x.size(1), y.size(2)});
  add_terms(x, op, y);
  if (op.activation) y = activate(*op.activation, std::move(y));
  return op.residual.defined() && !rides ? y.add_(for_sides(op.residual)) : y;
}

void ExampleWeights::add_terms(const at::Tensor& x, const LinearOp& op, at::Tensor& y) const {
  for_runs(x.size(1), [&](const Run& run) {
    std::int64_t first = 0;
    for (const ParameterId id : op.weights) {
      if (parameters_[id].trainable) add_matrix(x, id, run, op.rows, first, y);
      first += parameters_[id].value.size(0);
    }
    first = 0;
    for (const ParameterId id : op.biases) {
      if (parameters_[id].trainable) add_bias(id, run, op.rows, first, y);
      first += parameters_[id].value.numel();
    }
  });
}

// [count, r] as [r, count].
std::vector<float> ExampleWeights::factor(const kernels::Direction& direction, ParameterId id,
                                          std::int64_t count) const {
  std::vector<float> made(static_cast<std::size_t>(count * rank_));
  kernels::fill_normals(direction, id, count * rank_, made.data());
  if (rank_ == 1) return made;
  std::vector<float> turned(made.size());
  for (std::int64_t n = 0; n < count; ++n)
    for (std::int64_t j = 0; j < rank_; ++j)
      turned[static_cast<std::size_t>(j * count + n)] =
          made[static_cast<std::size_t>(n * rank_ + j)];
  return turned;
}

namespace {

// One row of a factor, [r].
std::vector<float> factor_row(const kernels::Direction& direction, ParameterId id, std::int64_t row,
                              std::int64_t rank) {
  std::vector<float> made(static_cast<std::size_t>(rank));
  kernels::fill_normals(direction, id, row * rank, (row + 1) * rank, made.data());
  return made;
}

}  // namespace

// rows: those of the matrix that are multiplied by; undefined: all, from column `first` of y on.
void ExampleWeights::add_matrix(const at::Tensor& x, ParameterId id, const Run& run,
                                const at::Tensor& rows, std::int64_t first, at::Tensor& y) const {
  const LowRankDirection& z = directions_[static_cast<std::size_t>(run.example)];
  const std::int64_t inputs = x.size(2);
  const std::int64_t outputs = rows.defined() ? rows.numel() : parameters_[id].value.size(0);
  const std::vector<float> v = factor(z.v_direction(), id, inputs);
  std::vector<float> u;
  if (rows.defined()) {
    u.resize(static_cast<std::size_t>(outputs * rank_));
    for (std::int64_t o = 0; o < outputs; ++o) {
      const std::vector<float> row =
          factor_row(z.u_direction(), id, rows.const_data_ptr<std::int64_t>()[o], rank_);
      for (std::int64_t j = 0; j < rank_; ++j)
        u[static_cast<std::size_t>(j * outputs + o)] = row[static_cast<std::size_t>(j)];
    }
  } else {
    u = factor(z.u_direction(), id, outputs);
  }
  for (const int side : {0, 1})
    kernels::add_low_rank_product({
        .rows = run.end - run.begin,
        .inputs = inputs,
        .outputs = outputs,
        .rank = rank_,
        .x = x.const_data_ptr<float>() + side * x.stride(0) + run.begin * inputs,
        .x_stride = inputs,
        .u = u.data(),
        .v = v.data(),
        .scale = side_scale(side) * z.factor_scale(),
        .y = y.mutable_data_ptr<float>() + side * y.stride(0) + run.begin * y.size(2) + first,
        .y_stride = y.size(2),
    });
}

void ExampleWeights::add_bias(ParameterId id, const Run& run, const at::Tensor& rows,
                              std::int64_t first, at::Tensor& y) const {
  const LowRankDirection& z = directions_[static_cast<std::size_t>(run.example)];
  const std::int64_t length = parameters_[id].value.numel();
  std::vector<float> bias(static_cast<std::size_t>(length));
  kernels::fill_normals(z.u_direction(), id, length, bias.data());
  if (rows.defined()) {
    std::vector<float> chosen;
    for (std::int64_t o = 0; o < rows.numel(); ++o)
      chosen.push_back(bias[static_cast<std::size_t>(rows.const_data_ptr<std::int64_t>()[o])]);
    bias = std::move(chosen);
  }
  for (const int side : {0, 1})
    for (std::int64_t n = run.begin; n < run.end; ++n) {
      float* out = y.mutable_data_ptr<float>() + side * y.stride(0) + n * y.size(2) + first;
      for (std::size_t o = 0; o < bias.size(); ++o) out[o] += side_scale(side) * bias[o];
    }
}

at::Tensor ExampleWeights::embedding(const at::Tensor& given, ParameterId id) {
  // One row for all tokens, as of the only segment.
  const at::Tensor ids = given.numel() == 1 ? given.expand({rows_.tokens()}).contiguous() : given;
  const at::Tensor theta = plain_.embedding(ids, id);  // [1, N, D]
  const std::int64_t width = theta.size(2);
  at::Tensor out = theta.expand({2, ids.numel(), width}).contiguous();
  if (!parameters_[id].trainable) return out;
  for_runs(ids.numel(), [&](const Run& run) {
    const LowRankDirection& z = directions_[static_cast<std::size_t>(run.example)];
    const std::vector<float> v = factor(z.v_direction(), id, width);
    for (std::int64_t n = run.begin; n < run.end; ++n) {
      const std::vector<float> u =
          factor_row(z.u_direction(), id, ids.const_data_ptr<std::int64_t>()[n], rank_);
      for (const int side : {0, 1}) {
        float* row = out.mutable_data_ptr<float>() + side * out.stride(0) + n * width;
        for (std::int64_t j = 0; j < rank_; ++j) {
          const float t = side_scale(side) * z.factor_scale() * u[static_cast<std::size_t>(j)];
          const float* right = v.data() + j * width;
          for (std::int64_t k = 0; k < width; ++k) row[k] += t * right[k];
        }
      }
    }
  });
  return out;
}

// A vector at an example's side.
std::vector<float> ExampleWeights::moved(ParameterId id, const Run& run, int side) const {
  std::vector<float> values(static_cast<std::size_t>(parameters_[id].value.numel()));
  directions_[static_cast<std::size_t>(run.example)].perturb(parameters_[id], id, side_scale(side),
                                                             values.data());
  return values;
}

at::Tensor ExampleWeights::rms_norm(const at::Tensor& given, ParameterId weight, double eps,
                                    double offset) {
  const at::Tensor x = for_sides(given);
  at::Tensor y = at::empty(x.sizes(), x.options());
  const std::int64_t width = x.size(2);
  for_runs(x.size(1), [&](const Run& run) {
    for (const int side : {0, 1}) {
      const std::int64_t at = side * x.stride(0) + run.begin * width;
      kernels::rms_norm(x.const_data_ptr<float>() + at, moved(weight, run, side).data(),
                        static_cast<float>(eps), run.end - run.begin, width,
                        y.mutable_data_ptr<float>() + at, static_cast<float>(offset));
    }
  });
  return y;
}

at::Tensor ExampleWeights::layer_norm(const at::Tensor& given, ParameterId weight,
                                      std::optional<ParameterId> bias, double eps) {
  const at::Tensor x = for_sides(given);
  at::Tensor y = at::empty(x.sizes(), x.options());
  const std::int64_t width = x.size(2);
  for_runs(x.size(1), [&](const Run& run) {
    for (const int side : {0, 1}) {
      const std::int64_t at = side * x.stride(0) + run.begin * width;
      const std::vector<float> shift = bias ? moved(*bias, run, side) : std::vector<float>();
      kernels::layer_norm(x.const_data_ptr<float>() + at, moved(weight, run, side).data(),
                          bias ? shift.data() : nullptr, static_cast<float>(eps),
                          run.end - run.begin, width, y.mutable_data_ptr<float>() + at);
    }
  });
  return y;
}

at::Tensor ExampleWeights::head_norm(at::Tensor given, const HeadNormOp& op) {
  at::Tensor qkv = for_sides(given);
  const std::int64_t d = op.heads.dimension, stride = qkv.size(2);
  for_runs(qkv.size(1), [&](const Run& run) {
    for (const int side : {0, 1}) {
      float* rows = qkv.mutable_data_ptr<float>() + side * qkv.stride(0) + run.begin * stride;
      const auto norm = [&](ParameterId weight, std::int64_t first, std::int64_t heads) {
        kernels::rms_norm_heads(rows + first * d, run.end - run.begin, stride, heads, d,
                                moved(weight, run, side).data(), static_cast<float>(op.eps),
                                static_cast<float>(op.offset));
      };
      norm(op.query, 0, op.heads.query);
      norm(op.key, op.heads.query, op.heads.key_value);
    }
  });
  return qkv;
}

}  // namespace trainbus
