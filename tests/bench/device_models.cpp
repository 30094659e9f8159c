#include "device_models.hpp"

#include <ATen/Context.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/normal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/randint.h>

#include <map>

#include "models/families/opt.hpp"
#include "models/files/model_files.hpp"
#include "opt_configs.hpp"
#include "support/language_batch.hpp"
#include "support/smollm2.hpp"

namespace trainbus::bench {
namespace {

DeviceModel random_opt(const std::string& size, at::Device device) {
  static const std::map<std::string, std::string> names = {
      {"125m", "OPT-125M"}, {"1.3b", "OPT-1.3B"}, {"13b", "OPT-13B"}, {"tiny", "tiny OPT"}};
  const ModelConfig config = opt_config(size);
  Parameters shapes(Opt::shapes(config), kernels::Format::BFloat16);
  const at::TensorOptions options = at::TensorOptions().dtype(at::kBFloat16).device(device);
  at::manual_seed(1);
  std::vector<at::Tensor> weights;
  for (const Parameter& p : shapes) {
    const bool is_norm_weight = p.name.ends_with("layer_norm.weight");
    weights.push_back(is_norm_weight ? at::ones(p.value.sizes(), options)
                                     : at::normal(0, 0.02, p.value.sizes(), std::nullopt, options));
  }
  return {names.at(size), std::make_unique<Opt>(config, std::move(shapes)), std::move(weights)};
}

DeviceModel smollm2(at::Device device) {
  DeviceModel made{
      "SmolLM2-135M", load_language_model(testing::smollm2(), kernels::Format::BFloat16).model, {}};
  for (const Parameter& p : made.model->parameters())
    made.weights.push_back(p.value.to(device, at::kBFloat16));
  return made;
}

}  // namespace

DeviceModel make_device_model(const std::string& name, at::Device device) {
  return name == "smollm2" ? smollm2(device) : random_opt(name, device);
}

DeviceBatch make_device_batch(const ModelConfig& config, std::int64_t sequences,
                              std::int64_t length, device::Backend& backend) {
  at::manual_seed(2);
  const at::Tensor ids = at::randint(5, config.vocab_size, {sequences, length}, at::kLong);
  at::Tensor labels = at::full_like(ids, -100);
  const at::Tensor last = ids.select(1, length - 1);
  labels.select(1, length - 1).copy_(last);
  DeviceBatch batch{testing::language_batch(ids, at::ones_like(ids), labels), {}};

  // Labels are at the positions that predict them.
  at::Tensor predicted = at::full_like(ids, -100);
  predicted.select(1, length - 2).copy_(last);
  const auto staged = [&](const at::Tensor& x) {
    at::Tensor there =
        backend.staging(static_cast<std::int64_t>(x.nbytes())).view(at::kLong).view(x.sizes());
    return there.copy_(x);
  };
  batch.published = {staged(ids),
                     staged(at::full({sequences}, length, at::kLong)),
                     {},
                     staged(predicted),
                     ids.numel()};
  return batch;
}

}  // namespace trainbus::bench
