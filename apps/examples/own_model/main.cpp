// A custom model and data set, trained by trainbus: MeZO learns to classify two spirals.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <trainbus/plugin/option_schema.hpp>

#include <cstdio>
#include <exception>
#include <string>

#include "core/plan/run_spec.hpp"
#include "run/training_run.hpp"

using namespace trainbus;

// Two layers, from points [N, 2] to scores of two classes [1, N, 2]. A model calls operations of
// `weights` and never sees the parameters, so this one function serves θ, θ ± εz, and gradients.
struct Network final : Model {
  enum : ParameterId { in, bias, out };
  Network() : Model(Parameters({{"in", {32, 2}}, {"bias", {32}}, {"out", {2, 32}}})) {
    for (const ParameterId id : {in, bias}) parameters()[id].value.normal_(0, 3);
  }
  at::Tensor logits(Weights& weights, const Batch& batch) const override {
    const at::Tensor x = weights.linear(batch.features.unsqueeze(0), {in}, {bias});
    return weights.linear(at::tanh(x), {out});
  }
  std::string family() const override { return "two-layer"; }
};

// Points on two noisy spirals, in batches of 64: 64 of them to train on, 8 to validate, 8 to test.
struct Spirals final : Task {
  Spirals() {
    const at::Tensor radius = at::rand({80 * 64}), angle = 5 * radius + 3.14159 * labels;
    points = at::stack({radius * at::cos(angle), radius * at::sin(angle)}, 1);
    points += 0.04 * at::randn({80 * 64, 2});
  }
  Batch batch(std::int64_t i) const {
    const at::Tensor x = points.narrow(0, 64 * i, 64), y = labels.narrow(0, 64 * i, 64);
    return {.features = x, .targets = y, .examples = 64, .token_count = 64};
  }
  std::int64_t batches_per_epoch() const override { return 64; }
  Batch train_batch(std::uint64_t, std::int64_t i) const override { return batch(i); }
  std::int64_t evaluation_batches(Split s) const override { return s == Split::Train ? 0 : 8; }
  Batch evaluation_batch(Split s, std::int64_t i) const override {
    return batch((s == Split::Test ? 72 : 64) + i);
  }

  at::Tensor points, labels = at::arange(80 * 64) % 2;
};

int main(int argc, char** argv) try {
  // The options besides the plugins and theirs: max-steps and run-dir.
  const Option steps = option::integer("max-steps", "4000", "optimizer steps").min(1).max(1e9);
  const Option run_dir = option::path("run-dir", "run", "folder for the run's files");
  const VerbSchema verb{"own_model", {{"Run", {steps, run_dir}}}, {}, "mezo", {"ema", "progress"}};
  const RunSpec spec = resolve_run(verb, {{argv + 1, argv + argc}, engine_tag()});
  RunFolder folder(spec.run.text("run-dir"), RunFolder::Claim::NewOrResume);

  at::manual_seed(1);
  at::set_num_threads(1);  // at this size more threads are slower
  Network network;
  const Spirals spirals;
  const auto optimizer = optimizer_factory(*spec.optimizer()->plugin)(spec.optimizer()->options);
  const Schedule schedule{ScheduleKind::Constant, optimizer->lr()};
  const std::uint64_t max_steps = std::stoull(spec.run.text("max-steps"));
  // Everything around the loop: plugins, journal, checkpoints, the best model, and resuming a
  // killed run when the same command is given again.
  TrainingRun run(spec, folder, {network, spirals, *optimizer, schedule},
                  {.max_steps = max_steps, .eval_every = 500, .save_every = 500, .test = true},
                  {.keep_best = "eval/loss", .keep_checkpoints = 2});
  run.begin();
  const TrainResult result = run.train();
  run.finish(result);
  std::printf("test accuracy: %.1f %% before, %.1f %% after\n",
              100 * result.test_before->value("accuracy"),
              100 * result.test_after->value("accuracy"));
} catch (const std::exception& error) {
  std::fprintf(stderr, "own_model: %s\n", error.what());
  return 1;
}
