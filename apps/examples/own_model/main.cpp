// A model and a data set of one's own, trained by trainbus: two spirals, told apart by MeZO.
#include <ATen/Context.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/tanh.h>

#include <cmath>
#include <cstdio>
#include <exception>
#include <random>

#include "core/run_observers.hpp"
#include "core/run_record.hpp"
#include "core/run_spec.hpp"
#include "engine/trainer.hpp"

using namespace trainbus;

// Two layers, from points [N, 2] to scores of two classes [1, N, 2]. A model asks `weights` for
// operations and sees no numbers, so this one function serves θ, θ ± εz, and gradients.
struct Network final : Model {
  Network() : Model(Parameters({{"in", {32, 2}}, {"in.bias", {32}}, {"out", {2, 32}}})) {
    at::manual_seed(1);
    for (const ParameterId id : {0, 1}) parameters()[id].value.normal_(0, 3);
  }
  at::Tensor logits(Weights& weights, const Batch& batch) const override {
    const at::Tensor hidden = weights.linear(batch.features.unsqueeze(0), {0}, {1});
    return weights.linear(at::tanh(hidden), {2});
  }
  std::string family() const override { return "two-layer"; }
};

// Points on two noisy spirals, in batches of 64: 64 of them to train on, 16 to test.
struct Spirals final : Task {
  Spirals() {
    std::mt19937 random(1);
    std::uniform_real_distribution<float> radius(0, 1);
    std::normal_distribution<float> noise(0, 0.04F);
    for (int i = 0; i < 80 * 64; ++i) {
      const float r = radius(random), angle = 5 * r + (i % 2 ? 3.14159F : 0);
      points[i][0] = r * std::cos(angle) + noise(random);
      points[i][1] = r * std::sin(angle) + noise(random);
      labels[i] = i % 2;
    }
  }
  Batch batch(std::int64_t i) const {
    const at::Tensor x = points.narrow(0, 64 * i, 64), y = labels.narrow(0, 64 * i, 64);
    return {.features = x, .targets = y, .examples = 64, .token_count = 64};
  }
  std::int64_t batches_per_epoch() const override { return 64; }
  Batch train_batch(std::uint64_t, std::int64_t i) const override { return batch(i); }
  std::int64_t evaluation_batches(Split s) const override { return s == Split::Test ? 16 : 0; }
  Batch evaluation_batch(Split, std::int64_t i) const override { return batch(64 + i); }

  at::Tensor points = at::empty({80 * 64, 2}), labels = at::empty({80 * 64}, at::kLong);
};

int main(int argc, char** argv) try {
  const Option run_dir{"run-dir", "path", "run", "folder for all that the run writes"};
  const VerbSchema verb{"own_model", {{"Run", {run_dir}}}, {}, "mezo", {"ema", "progress"}};
  const RunSpec spec = resolve_run(verb, {{argv + 1, argv + argc}, engine_tag()});
  const std::filesystem::path folder = make_run_directory(spec.run.text("run-dir"));
  file_system().replace(folder / "run.json", to_json(spec));

  ControlDesk desk;
  Bus bus;
  add_observers(bus, spec.plugins, {folder, file_system(), terminal(), nullptr, &desk});
  const auto optimizer = optimizer_factory(*spec.optimizer()->plugin)(spec.optimizer()->options);
  Network network;
  const Spirals spirals;
  Trainer trainer(network, spirals, *optimizer, {.lr = optimizer->lr(), .total_steps = 4000}, bus,
                  {.max_steps = 4000, .test = true, .run_json = to_json(spec)}, {.control = &desk});
  const TrainResult result = trainer.run();
  terminal().close();
  std::printf("test accuracy: %.1f %% before, %.1f %% after\n", 100 * result.test_before->accuracy,
              100 * result.test_after->accuracy);
} catch (const std::exception& error) {
  std::fprintf(stderr, "own_model: %s\n", error.what());
  return 1;
}
