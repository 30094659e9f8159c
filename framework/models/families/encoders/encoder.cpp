#include "models/families/encoders/encoder.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/zeros.h>

#include "core/io/error.hpp"
#include "kernels/perturb.hpp"
#include "models/layers/activations.hpp"

namespace trainbus {
namespace {

// x [S, B·T, D], sequences padded to T → [S, B, D] float32.
at::Tensor means_without_padding(const at::Tensor& x, const Batch& batch) {
  const std::int64_t length = padded_length(batch);
  const at::Tensor split = x.view({x.size(0), -1, length, x.size(2)}).to(at::kFloat);
  if (!batch.lengths.defined()) return split.mean(2);
  const at::Tensor padding =
      at::arange(length, batch.lengths.options()).unsqueeze(0) >= batch.lengths.unsqueeze(1);
  const at::Tensor sums = split.masked_fill(padding.unsqueeze(-1), 0).sum(2);
  return sums / batch.lengths.unsqueeze(-1);
}

// By the end of its name: "…norm.weight", "…LayerNorm.weight".
bool is_norm_weight(const Parameter& parameter) {
  return parameter.value.dim() == 1 && parameter.name.ends_with(".weight");
}

}  // namespace

std::function<at::Tensor(at::Tensor)> head_activation(const std::string& name) {
  if (name == "tanh") return [](const at::Tensor& x) { return at::tanh(x); };
  return [activation = activation_named(name)](at::Tensor x) {
    return activate(activation, std::move(x));
  };
}

at::Tensor Encoder::sentence_vectors(Weights& w, const Batch& batch) const {
  const at::Tensor x = encode(w, batch, {});
  if (batch.lengths.defined() || !x.is_cpu()) return means_without_padding(x, batch);
  const std::int64_t* offsets = batch.offsets.const_data_ptr<std::int64_t>();
  std::vector<at::Tensor> means;
  for (std::int64_t b = 0; b + 1 < batch.offsets.numel(); ++b)
    means.push_back(x.narrow(1, offsets[b], offsets[b + 1] - offsets[b]).mean(1));
  return at::stack(means, 1);
}

at::Tensor Encoder::logits(Weights& w, const Batch& batch) const {
  using Reads = EncoderHead::Reads;
  at::Tensor h = head_.reads == Reads::Words        ? hidden(w, batch)
                 : head_.reads == Reads::FirstToken ? encode(w, batch, first_tokens(batch))
                                                    : sentence_vectors(w, batch);
  if (head_.dense) h = w.linear(h, head_.dense->weight, head_.dense->biases());
  if (head_.activation) h = head_.activation(std::move(h));
  if (head_.norm) h = w.layer_norm(h, head_.norm->weight, head_.norm->bias, config().norm_eps);
  return w.linear(h, {.weights = head_.output.weight,
                      .biases = head_.output.biases(),
                      .rows = head_.reads == Reads::Words ? batch.candidate_ids : at::Tensor()});
}

void Encoder::initialize(const std::vector<std::string>& names, std::uint64_t seed) {
  constexpr float deviation = 0.02f;
  // No step of an optimizer has so many directions, so none of its z is like this one.
  const kernels::Direction normal{
      .seed = seed, .direction = 0xFFFF, .distribution = kernels::Distribution::Gaussian};
  for (const std::string& name : names) {
    const ParameterId id = parameters().find(name).value();
    Parameter& parameter = parameters()[id];
    const at::IntArrayRef sizes = parameter.value.sizes();
    at::Tensor values =
        is_norm_weight(parameter) ? at::ones(sizes, at::kFloat) : at::zeros(sizes, at::kFloat);
    float* numbers = values.mutable_data_ptr<float>();
    if (values.dim() == 2)
      kernels::perturb(numbers, numbers, kernels::Shape::matrix(values.size(0), values.size(1)), id,
                       normal, deviation);
    kernels::store(numbers, parameter.stored(), values.numel());
  }
}

bool asks_for_classes(const ModelConfig& config) {
  return config.architecture.ends_with("ForSequenceClassification");
}

std::int64_t class_count(const ModelConfig& config) {
  if (config.labels.empty())
    throw UsageError("the classes have no names", "config.json", "Name them as id2label does.");
  return static_cast<std::int64_t>(config.labels.size());
}

}  // namespace trainbus
