#include "tasks/mlp/mlp_task.hpp"

#include <ATen/ops/arange.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/mm.h>

#include <algorithm>
#include <cmath>

#include "kernels/philox.hpp"
#include "tasks/classification_rows.hpp"

namespace trainbus {
namespace {

// [rows, columns] uniform in [−1, 1), a pure function of (seed, stream).
at::Tensor uniform(std::uint64_t seed, std::uint32_t stream, std::int64_t rows,
                   std::int64_t columns) {
  at::Tensor x = at::empty({rows, columns}, at::kFloat);
  float* values = x.mutable_data_ptr<float>();
  for (std::int64_t i = 0; i < x.numel(); ++i)
    values[i] = static_cast<float>(
        std::ldexp(kernels::philox_word(seed, static_cast<std::uint64_t>(i), stream), -31) - 1);
  return x;
}

constexpr std::uint32_t feature_stream = 0xFFFF0001, teacher_stream = 0xFFFF0002;

std::int64_t batches_of(std::int64_t examples, std::int64_t batch_size) {
  return (examples + batch_size - 1) / batch_size;
}

}  // namespace

MlpTask::MlpTask(const MlpTaskOptions& options)
    : options_(options),
      batches_(static_cast<std::size_t>(options.train_examples),
               static_cast<std::size_t>(options.batch_size), options.seed) {
  const std::int64_t examples = options.train_examples + 2 * options.evaluation_examples;
  features_ = uniform(options.seed, feature_stream, examples, options.features);
  const at::Tensor teacher =
      uniform(options.seed, teacher_stream, options.features, options.classes);
  labels_ = at::argmax(at::mm(features_, teacher), 1);
}

std::int64_t MlpTask::batches_per_epoch() const { return batches_.count(); }

std::int64_t MlpTask::examples(Split split) const {
  return split == Split::Train ? options_.train_examples : options_.evaluation_examples;
}

std::int64_t MlpTask::evaluation_batches(Split split) const {
  return batches_of(examples(split), options_.batch_size);
}

Batch MlpTask::select(const at::Tensor& rows) const {
  Batch batch;
  batch.features = at::index_select(features_, 0, rows);
  batch.targets = at::index_select(labels_, 0, rows);
  batch.examples = batch.token_count = rows.numel();
  batch.weight = static_cast<double>(batch.examples);
  return batch;
}

Batch MlpTask::train_batch(std::uint64_t epoch, std::int64_t index) const {
  const std::span<const std::uint32_t> chosen = batches_.batch(epoch, index);
  at::Tensor rows = at::empty({static_cast<std::int64_t>(chosen.size())}, at::kLong);
  std::copy(chosen.begin(), chosen.end(), rows.mutable_data_ptr<std::int64_t>());
  return select(rows);
}

Batch MlpTask::evaluation_batch(Split split, std::int64_t index) const {
  std::int64_t begin = 0;
  if (split != Split::Train) begin += options_.train_examples;
  if (split == Split::Test) begin += options_.evaluation_examples;
  const std::int64_t first = index * options_.batch_size;
  const std::int64_t count = std::min(options_.batch_size, examples(split) - first);
  return select(at::arange(begin + first, begin + first + count, at::kLong));
}

std::vector<ResultRow> MlpTask::describe(const Evaluation& evaluation) const {
  return classification_rows(evaluation);
}

}  // namespace trainbus
