// The reference models of a set of vectors: small checkpoints, and what transformers computes with
// them.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <string>
#include <vector>

#include "models/batch.hpp"
#include "models/files/pretrained_model.hpp"
#include "support/vector_files.hpp"

namespace trainbus::testing {

struct ReferenceModel {
  std::string name;  // "families/opt"
  std::string kind;  // "causal", "masked" or "classifier"
  std::filesystem::path folder;
  boost::json::object expected;      // its entry in families.json: loss, grad_norm, …
  std::vector<std::string> configs;  // the forms of its config.json
};

// All that the set has, in models.json, families.json and published.json. What is listed without
// its files is skipped.
std::vector<ReferenceModel> reference_models();

// Fills a folder with the weights, this one of the configurations as config.json, and a tokenizer,
// since a model is opened with one.
void complete_folder(const ReferenceModel& from, const std::string& config,
                     const std::filesystem::path& to);

// What is wrong with a refusal of this config.json, or nothing: it has to name a field that the
// file has, and model_type if there is no such family.
std::string fault_of_refusal(const std::string& refusal, const std::filesystem::path& config);

// One of them as the product opens it, with its inputs.
struct OpenedReference {
  const ReferenceModel& of;
  const PretrainedModel& model;
  const Tensors& io;
  const Batch& batch;  // scores what has a label
};

// Calls check with each model in each form of its configuration. Those that the product refuses by
// the name of a field are skipped, other refusals are errors.
void for_each_reference(const std::function<void(const OpenedReference&)>& check);

// The numbers that a model gives for all tokens, or its classes; and what transformers gives.
at::Tensor logits_of_all(const OpenedReference& reference);
at::Tensor expected_logits(const OpenedReference& reference);

// Rows of [B, T, …] where the mask is 1, packed.
at::Tensor packed(const at::Tensor& padded, const at::Tensor& mask);

inline double worst(const at::Tensor& a, const at::Tensor& b) {
  return (a.sub(b)).abs().max().item<double>();
}

}  // namespace trainbus::testing
