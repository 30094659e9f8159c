// MeZO: memory-efficient zeroth-order SGD (arXiv 2305.17333, algorithm 1). Two forward passes at θ
// ± εz, one projected gradient, one update along z. θ itself is never perturbed.
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/io/error.hpp"
#include "engine/directions/counter_direction.hpp"
#include "engine/directions/torch_direction.hpp"
#include "engine/optimizer.hpp"
#include "engine/step.hpp"
#include "kernels/magnitude_limit.hpp"
#include "orthogonal_update.hpp"
#include "projected_gradients.hpp"
#include "schema.hpp"
#include "step_length.hpp"

namespace {

using namespace trainbus;

const tb_text loss_plus = intern("loss_plus");
const tb_text loss_minus = intern("loss_minus");
const tb_text projected_grad = intern("projected_grad");

class Mezo final : public Optimizer {
 public:
  static constexpr auto& options = mezo::schema;

  explicit Mezo(const OptionValues& values) : options_(values), step_length_(options_) {}

  double lr() const override { return options_.lr; }
  std::uint16_t shares() const override {
    return options_.shares ? static_cast<std::uint16_t>(options_.directions) : std::uint16_t{1};
  }
  std::vector<std::string> metrics() const override {
    std::vector<std::string> names = {"loss_plus", "loss_minus", "projected_grad"};
    if (options_.sides == Sides::Plus) std::erase(names, "loss_minus");
    if (options_.torch_rng) names.push_back("seed");
    return names;
  }
  void check(const Parameters& parameters) const override;
  void step(StepContext& step) override;
  bool replays() const override { return true; }
  DeviceRule device_rule() const override;
  std::size_t directions() const override { return static_cast<std::size_t>(options_.directions); }
  std::optional<LossPlan> plan_losses(const Parameters& parameters, std::uint64_t seed,
                                      std::uint64_t step) const override;
  std::optional<OptimizerState> state(const Parameters& parameters) const override;
  void restore(const OptimizerState& state, const Parameters& parameters) override;

 private:
  std::unique_ptr<Direction> direction(StepContext& step, std::uint16_t number);
  std::unique_ptr<Direction> counted(const Parameters& parameters, std::uint64_t seed,
                                     std::uint64_t step, std::uint16_t number) const;
  LossPlan empty_plan() const {
    return {.directions = {},
            .eps = options_.perturbation(),
            .kind = options_.weights,
            .sides = options_.sides};
  }
  void prepare_limits(const Parameters& parameters);

  const mezo::Options options_;
  mezo::StepLength step_length_;
  std::unique_ptr<StepSeeds> seeds_;     // rng = torch
  std::vector<float> magnitude_limits_;  // sparsity: one a parameter
};

// With several directions the losses of on_step are means, and projected_grad estimates ‖∇‖.
void Mezo::step(StepContext& step) {
  if (options_.sparsity > 0 && magnitude_limits_.empty()) prepare_limits(step.parameters());
  LossPlan plan = empty_plan();
  for (std::size_t i = 0; i < directions(); ++i)
    plan.directions.push_back(direction(step, static_cast<std::uint16_t>(i)));
  mezo::ProjectedGradients estimate = mezo::projected_gradients(step.losses(plan), options_);
  step.record(loss_plus, estimate.plus);
  if (options_.sides == Sides::Both) step.record(loss_minus, estimate.minus);
  step.record(projected_grad, estimate.norm);

  step_length_.apply(estimate.g, estimate.norm);
  std::vector<Move> moves;
  std::vector<mezo::OrthogonalTerm> terms;
  terms.reserve(directions());
  for (std::size_t i = 0; i < directions(); ++i) {
    const Direction* z = plan.directions[i].get();
    if (options_.orthogonal)
      z = &terms.emplace_back(static_cast<const LowRankDirection&>(*z), step.lr());
    moves.push_back({z, estimate.g[i] / options_.estimates_in_mean()});
  }
  step.update(moves, estimate.norm, options_.weight_decay);
}

// A pure function of (run seed, step), so it needs no state.
std::unique_ptr<Direction> Mezo::counted(const Parameters& parameters, std::uint64_t seed,
                                         std::uint64_t step, std::uint16_t number) const {
  const auto at = static_cast<std::uint32_t>(step);
  if (options_.low_rank) {
    const LowRankOptions low_rank{seed, at, number, options_.rank,
                                  static_cast<std::uint32_t>(options_.refresh)};
    if (options_.orthogonal)
      return mezo::shared_subspace_direction(parameters, low_rank, step, number, directions());
    return std::make_unique<LowRankDirection>(parameters, low_rank);
  }
  return std::make_unique<CounterDirection>(
      kernels::Direction{seed, at, number, options_.distribution, shares()}, magnitude_limits_);
}

std::unique_ptr<Direction> Mezo::direction(StepContext& step, std::uint16_t number) {
  if (!options_.torch_rng) return counted(step.parameters(), step.seed(), step.step(), number);
  if (!seeds_) seeds_ = std::make_unique<StepSeeds>(static_cast<std::uint32_t>(step.seed()));
  const std::uint32_t seed = seeds_->at(step.step());
  step.record("seed", seed);
  return std::make_unique<TorchDirection>(step.parameters(), seed);
}

// Not of torch's draws, which come one step after the other, and not of a sparse z, whose mask
// would be that of θ before the update when it is perturbed, and of θ after it when it is updated.
std::optional<LossPlan> Mezo::plan_losses(const Parameters& parameters, std::uint64_t seed,
                                          std::uint64_t step) const {
  if (options_.torch_rng || options_.sparsity > 0) return std::nullopt;
  LossPlan plan = empty_plan();
  for (std::size_t i = 0; i < directions(); ++i)
    plan.directions.push_back(counted(parameters, seed, step, static_cast<std::uint16_t>(i)));
  return plan;
}

// The mask is computed from θ at every step, with limits that are computed from θ at the first.
void Mezo::prepare_limits(const Parameters& parameters) {
  for (const Parameter& parameter : parameters)
    magnitude_limits_.push_back(parameter.value.dim() == 1
                                    ? kernels::no_magnitude_limit
                                    : kernels::magnitude_limit(parameter.stored(),
                                                               parameter.value.numel(),
                                                               1 - options_.sparsity));
}

DeviceRule Mezo::device_rule() const {
  const auto refuse = [](const std::string& what, const char* option) {
    throw UsageError(what + " is not there on a GPU yet", std::string("mezo.") + option,
                     "Leave it out, or train on the CPU.");
  };
  if (options_.torch_rng) refuse("LibTorch's order of random numbers", "rng");
  if (options_.low_rank) refuse("a direction of low rank", "weights");
  if (options_.weights == WeightsKind::Cache) refuse("one side after the other", "weights");
  if (options_.sparsity > 0) refuse("a sparse direction", "sparsity");
  if (options_.shares) refuse("a share of the elements for each direction", "shares");
  if (options_.sides == Sides::Plus) refuse("one side of a direction", "sides");
  if (options_.rule == mezo::StepRule::Adaptive)
    refuse("a step length from earlier steps", "step-rule");
  if (options_.rule == mezo::StepRule::Deviation)
    refuse("a step length from several directions", "step-rule");
  const bool clips = options_.rule == mezo::StepRule::Clip;
  if (clips && options_.clip == 0) refuse("a limit from earlier steps", "clip");
  return {.z = options_.distribution,
          .eps = options_.eps,
          .weight_decay = options_.weight_decay,
          .directions = static_cast<std::uint16_t>(options_.directions),
          .sign = options_.rule == mezo::StepRule::Sign,
          .clip = clips ? options_.clip : INFINITY,
          .scratch = options_.weights == WeightsKind::Scratch};
}

std::optional<OptimizerState> Mezo::state(const Parameters&) const {
  OptimizerState state;
  step_length_.save(state);
  if (!magnitude_limits_.empty()) {
    const auto count = static_cast<std::int64_t>(magnitude_limits_.size());
    at::Tensor limits = at::empty({count}, at::TensorOptions().dtype(at::kFloat));
    std::ranges::copy(magnitude_limits_, limits.mutable_data_ptr<float>());
    state["magnitude_limits"] = limits;
  }
  return state;
}

void Mezo::restore(const OptimizerState& state, const Parameters& parameters) {
  step_length_.restore(state);
  magnitude_limits_.clear();
  if (options_.sparsity == 0 || !state.contains("magnitude_limits")) return;
  const auto count = static_cast<std::int64_t>(parameters.size());
  const float* first =
      state_tensor(state, "magnitude_limits", {count}, at::kFloat).const_data_ptr<float>();
  magnitude_limits_.assign(first, first + count);
}

void Mezo::check(const Parameters& parameters) const {
  using kernels::Format;
  const Format format = parameters.format();
  if (options_.torch_rng && format != Format::Float32)
    throw UsageError("rng = torch trains float32 parameters only", "mezo.rng",
                     "Leave it out, or leave out --dtype.");
  if ((format == Format::BFloat16 || format == Format::Float16) && !options_.lossy_updates)
    throw UsageError(
        std::string(format == Format::BFloat16 ? "bfloat16" : "float16") +
            " parameters would lose most of each update to rounding: of updates of 2e-6, " +
            (format == Format::BFloat16 ? "nine tenths" : "four tenths"),
        "--dtype",
        "Give --dtype bfloat16-residual, which keeps them in one byte more, or insist with "
        "--mezo.lossy-updates yes.");
}

}  // namespace

TRAINBUS_OPTIMIZER(
    Mezo, "mezo", "1.3.0",
    "zeroth-order SGD: two forward passes, no backward pass, the memory of inference")
