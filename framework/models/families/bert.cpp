#include "models/families/bert.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/zeros.h>

#include "core/io/error.hpp"
#include "kernels/perturb.hpp"
#include "models/families/learned_positions.hpp"

namespace trainbus {
namespace {

enum : ParameterId { words, positions_table, segments, embedding_norm, first_block = 5 };
constexpr std::size_t tensors_per_block = 16;

ParameterId bias_of(ParameterId weight) { return static_cast<ParameterId>(weight + 1); }

const ModelConfig& checked(const ModelConfig& config) {
  if (config.model_type != "bert")
    throw UsageError("the model's family is '" + config.model_type + "', expected 'bert'",
                     "config.json", "Take a BERT model.");
  if (config.type_vocab_size < 1)
    throw UsageError(
        "type_vocab_size is " + std::to_string(config.type_vocab_size) + ", expected at least 1",
        "config.json", "Take an intact configuration.");
  return config;
}

at::Tensor norm(Weights& w, const at::Tensor& x, ParameterId weight, double eps) {
  return w.layer_norm(x, weight, bias_of(weight), eps);
}

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

}  // namespace

Bert::Bert(ModelConfig given, BertHead head, Parameters parameters)
    : PretrainedModel(checked(given), std::move(parameters)),
      head_(head),
      heads_{config().heads, config().kv_heads, config().head_dim},
      activation_(activation_named(config().hidden_act)) {
  ParameterId next = first_block;
  for (std::int64_t i = 0; i < config().layers; ++i, next += tensors_per_block) {
    const auto id = [next](int k) { return static_cast<ParameterId>(next + 2 * k); };
    blocks_.push_back({id(0), id(1), id(2), id(3), id(4), id(5), id(6), id(7)});
  }
  first_of_head_ = next;
}

at::Tensor Bert::embed(Weights& w, const Batch& batch) const {
  const at::Tensor positions = learned_positions(batch, config().max_position_embeddings);
  const at::Tensor types =
      batch.token_types.defined() ? batch.token_types : at::zeros({1}, batch.tokens.options());
  const at::Tensor sum = w.embedding(batch.tokens, words) + w.embedding(types, segments) +
                         w.embedding(positions, positions_table);
  return norm(w, sum, embedding_norm, config().norm_eps);
}

at::Tensor Bert::block(Weights& w, const Block& p, at::Tensor x, const Batch& batch,
                       const at::Tensor& positions) const {
  const double eps = config().norm_eps;
  at::Tensor h = w.linear(x, {.weights = {p.query, p.key, p.value},
                              .biases = {bias_of(p.query), bias_of(p.key), bias_of(p.value)}});
  h = w.attention(h, batch,
                  {.layer = static_cast<std::int64_t>(&p - blocks_.data()),
                   .heads = heads_,
                   .kind = layers::Attention::Bidirectional});
  if (positions.defined()) {  // the last block is read at these positions only
    x = at::index_select(x, 1, positions);
    h = at::index_select(h, 1, positions);
  }
  x = w.linear(h, {.weights = p.output, .biases = bias_of(p.output), .residual = std::move(x)});
  x = norm(w, x, p.attention_norm, eps);
  h = w.linear(
      x, {.weights = p.intermediate, .biases = bias_of(p.intermediate), .activation = activation_});
  x = w.linear(h, {.weights = p.dense, .biases = bias_of(p.dense), .residual = std::move(x)});
  return norm(w, x, p.final_norm, eps);
}

at::Tensor Bert::encode(Weights& w, const Batch& batch, const at::Tensor& positions) const {
  at::Tensor x = embed(w, batch);
  for (const Block& next : blocks_)
    x = block(w, next, std::move(x), batch, &next == &blocks_.back() ? positions : at::Tensor());
  return x;
}

at::Tensor Bert::hidden(Weights& w, const Batch& batch) const {
  return encode(w, batch, batch.logit_positions);
}

at::Tensor Bert::sentence_vectors(Weights& w, const Batch& batch) const {
  const at::Tensor x = encode(w, batch, {});
  if (batch.lengths.defined() || !x.is_cpu()) return means_without_padding(x, batch);
  const std::int64_t* offsets = batch.offsets.const_data_ptr<std::int64_t>();
  std::vector<at::Tensor> means;
  for (std::int64_t b = 0; b + 1 < batch.offsets.numel(); ++b)
    means.push_back(x.narrow(1, offsets[b], offsets[b + 1] - offsets[b]).mean(1));
  return at::stack(means, 1);
}

at::Tensor Bert::masked_words(Weights& w, const Batch& batch) const {
  const ParameterId bias = first_of_head_, dense = bias_of(bias),
                    norm_weight = bias_of(bias_of(dense));
  const ParameterId output =
      config().tie_word_embeddings ? ParameterId{words} : bias_of(bias_of(norm_weight));
  at::Tensor h = w.linear(hidden(w, batch),
                          {.weights = dense, .biases = bias_of(dense), .activation = activation_});
  h = norm(w, h, norm_weight, config().norm_eps);
  return w.linear(h, {.weights = output, .biases = bias, .rows = batch.candidate_ids});
}

at::Tensor Bert::classes_of_first_tokens(Weights& w, const Batch& batch) const {
  const ParameterId dense = first_of_head_, classifier = bias_of(bias_of(dense));
  const at::Tensor first = encode(w, batch, first_tokens(batch));
  const at::Tensor h = at::tanh(w.linear(first, {.weights = dense, .biases = bias_of(dense)}));
  return w.linear(h, {.weights = classifier, .biases = bias_of(classifier)});
}

at::Tensor Bert::logits(Weights& w, const Batch& batch) const {
  if (head_ == BertHead::MaskedLanguageModel) return masked_words(w, batch);
  if (head_ == BertHead::Pooler) return classes_of_first_tokens(w, batch);
  return w.linear(sentence_vectors(w, batch),
                  {.weights = first_of_head_, .biases = bias_of(first_of_head_)});
}

void Bert::initialize_head(std::uint64_t seed) {
  constexpr float deviation = 0.02f;
  // No step of an optimizer has so many directions, so none of its z is like this one.
  const kernels::Direction normal{
      .seed = seed, .direction = 0xFFFF, .distribution = kernels::Distribution::Gaussian};
  for (ParameterId id = first_of_head_; id < parameters().size(); ++id) {
    Parameter& parameter = parameters()[id];
    at::Tensor values = at::zeros(parameter.value.sizes(), at::kFloat);
    float* numbers = values.mutable_data_ptr<float>();
    if (values.dim() == 2)
      kernels::perturb(numbers, numbers, kernels::Shape::matrix(values.size(0), values.size(1)), id,
                       normal, deviation);
    kernels::store(numbers, parameter.stored(), values.numel());
  }
}

}  // namespace trainbus
