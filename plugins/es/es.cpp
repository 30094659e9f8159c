// Evolution strategies: a population of members θ ± σz, and one step of θ along all z by what the
// members' losses say (arXiv 1703.03864, 2509.24372). No member is ever stored: z is a function of
// the step's number, θ is read only, and the update is one pass over θ. So a population needs the
// memory of one model, and a step is replayed from its losses.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "engine/directions/counter_direction.hpp"
#include "engine/optimizer.hpp"
#include "engine/step.hpp"
#include "schema.hpp"
#include "shaping.hpp"

namespace {

using namespace trainbus;

const tb_text loss_best = intern("loss_best");
const tb_text loss_spread = intern("loss_spread");
const tb_text sigma_now = intern("sigma");

template <class Enum>
Enum chosen(const OptionValues& values, const char* name,
            std::initializer_list<const char*> choices) {
  const auto place = std::ranges::find(choices, values.text(name));
  return static_cast<Enum>(place - choices.begin());  // the host has checked that it is one
}

class EvolutionStrategies final : public Optimizer {
 public:
  static constexpr auto& options = es::schema;

  explicit EvolutionStrategies(const OptionValues& values)
      : lr_(values.real("lr")),
        sigma_(values.real("sigma")),
        sigma_decay_(values.real("sigma-decay")),
        weight_decay_(values.real("weight-decay")),
        members_(static_cast<std::size_t>(values.integer("members"))),
        shaping_(chosen<es::Shaping>(values, "shaping", {"z-score", "rank", "centred"})),
        distribution_(
            chosen<kernels::Distribution>(values, "z", {"rademacher", "gaussian", "binomial"})) {
    if (members_ % 2 != 0)
      throw UsageError(
          "is " + std::to_string(members_) + ", and members come in pairs, θ + σz and θ − σz",
          "es.members", "Give an even number.");
  }

  double lr() const override { return lr_; }
  std::vector<std::string> metrics() const override {
    return {"loss_best", "loss_spread", "sigma"};
  }
  void check(const Parameters& parameters) const override;
  void step(StepContext& step) override;
  bool replays() const override { return true; }
  std::size_t directions() const override { return members_ / 2; }
  std::optional<LossPlan> plan_losses(const Parameters& parameters, std::uint64_t seed,
                                      std::uint64_t step) const override;
  // It keeps nothing from step to step.
  std::optional<OptimizerState> state(const Parameters&) const override { return OptimizerState(); }
  void restore(const OptimizerState&, const Parameters&) override {}

 private:
  double sigma(std::uint64_t step) const {
    return sigma_ * std::pow(sigma_decay_, static_cast<double>(step));
  }

  double lr_, sigma_, sigma_decay_, weight_decay_;
  std::size_t members_;
  es::Shaping shaping_;
  kernels::Distribution distribution_;
};

std::optional<LossPlan> EvolutionStrategies::plan_losses(const Parameters&, std::uint64_t seed,
                                                         std::uint64_t step) const {
  LossPlan plan{.directions = {}, .eps = sigma(step), .kind = WeightsKind::Dual};
  for (std::size_t i = 0; i < directions(); ++i)
    plan.directions.push_back(std::make_unique<CounterDirection>(kernels::Direction{
        seed, static_cast<std::uint32_t>(step), static_cast<std::uint16_t>(i), distribution_}));
  return plan;
}

// θ ← (1 − ηλ)θ − η · 1/N Σ sᵢ (±z) over the N members with the shaped losses sᵢ. With centred
// losses the sum is divided by σ: then it is the mean of MeZO's estimates of the gradient.
void EvolutionStrategies::step(StepContext& step) {
  const LossPlan plan = *plan_losses(step.parameters(), step.seed(), step.step());
  std::vector<const Direction*> z;
  for (const auto& direction : plan.directions) z.push_back(direction.get());
  std::vector<double> losses;
  for (const Losses& both : step.losses(z, plan.eps, plan.kind)) {
    losses.push_back(both.plus);
    losses.push_back(both.minus);
  }
  const auto [lowest, highest] = std::ranges::minmax(losses);
  step.record(loss_best, lowest);
  step.record(loss_spread, highest - lowest);
  step.record(sigma_now, plan.eps);

  const std::vector<double> weights = es::shaped(losses, shaping_);
  const double share =
      1 / (static_cast<double>(members_) * (shaping_ == es::Shaping::Centred ? plan.eps : 1));
  std::vector<Move> moves;
  double squares = 0;
  for (std::size_t i = 0; i < z.size(); ++i) {
    const double g = share * (weights[2 * i] - weights[2 * i + 1]);
    moves.push_back({z[i], g});
    squares += g * g;
  }
  step.update(moves, std::sqrt(squares), weight_decay_);
}

void EvolutionStrategies::check(const Parameters& parameters) const {
  using kernels::Format;
  const Format format = parameters.format();
  if (format == Format::BFloat16 || format == Format::Float16)
    throw UsageError(std::string(format == Format::BFloat16 ? "bfloat16" : "float16") +
                         " parameters would lose most of each update to rounding",
                     "--dtype",
                     "Give --dtype bfloat16-residual, which keeps them in one byte more.");
}

}  // namespace

TRAINBUS_OPTIMIZER(EvolutionStrategies, "es", "1.0.0",
                   "evolution strategies: a population in the memory of one model")
