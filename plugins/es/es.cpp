// Evolution strategies: a population of members θ ± σz, or θ + σz, and one step of θ along all z by
// what the members' losses say (arXiv 1703.03864, 2509.24372). No member is ever stored: z is a
// function of the step's number, θ is read only, and the update is one pass over θ. So a population
// needs the memory of one model, and a step is replayed from its losses.
#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "engine/directions/counter_direction.hpp"
#include "engine/directions/low_rank_direction.hpp"
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

enum class Directions { Full, LowRank, PerExample };

class EvolutionStrategies final : public Optimizer {
 public:
  static constexpr auto& options = es::schema;

  explicit EvolutionStrategies(const OptionValues& values)
      : lr_(values.real("lr")),
        sigma_(values.real("sigma")),
        sigma_decay_(values.real("sigma-decay")),
        weight_decay_(values.real("weight-decay")),
        members_(static_cast<std::size_t>(values.integer("members"))),
        sides_(values.flag("antithetic") ? Sides::Both : Sides::Plus),
        shaping_(chosen<es::Shaping>(values, "shaping", {"z-score", "rank", "centred"})),
        distribution_(
            chosen<kernels::Distribution>(values, "z", {"rademacher", "gaussian", "binomial"})),
        kind_(chosen<Directions>(values, "directions", {"full", "low-rank", "per-example"})),
        rank_(values.integer("rank")) {
    if (kind_ == Directions::Full && !values.is_default("rank"))
      throw UsageError("rank is given, but full directions have none", "es.rank",
                       "Give --es.directions low-rank too, or leave rank out.");
    if (kind_ != Directions::Full && !values.is_default("z"))
      throw UsageError("a direction of low rank is a product of normals, z = " + values.text("z") +
                           " does not apply to it",
                       "es.z", "Leave out z.");
    if (kind_ == Directions::PerExample)
      check_per_example(values);
    else
      check_members();
  }

  double lr() const override { return lr_; }
  std::vector<std::string> metrics() const override {
    return {"loss_best", "loss_spread", "sigma"};
  }
  void check(const Parameters& parameters) const override;
  void step(StepContext& step) override;
  bool replays() const override { return true; }
  std::size_t directions() const override {
    return kind_ == Directions::PerExample ? 1 : members_ / count_of(sides_);
  }
  std::string_view directions_option() const override {
    return kind_ == Directions::PerExample ? "" : "members";
  }
  std::optional<LossPlan> plan_losses(const Parameters& parameters, std::uint64_t seed,
                                      std::uint64_t step) const override;
  // It keeps nothing from step to step.
  std::optional<OptimizerState> state(const Parameters&) const override { return OptimizerState(); }
  void restore(const OptimizerState&, const Parameters&) override {}

 private:
  void check_members() const;
  void check_per_example(const OptionValues& values) const;
  LowRankOptions low_rank(std::uint64_t seed, std::uint64_t step, std::size_t number) const;
  std::unique_ptr<Direction> direction(const Parameters& parameters, std::uint64_t seed,
                                       std::uint64_t step, std::size_t number) const;
  static constexpr std::size_t most_directions = 32767;
  double sigma(std::uint64_t step) const {
    return sigma_ * std::pow(sigma_decay_, static_cast<double>(step));
  }

  double lr_, sigma_, sigma_decay_, weight_decay_;
  std::size_t members_;
  Sides sides_;
  es::Shaping shaping_;
  kernels::Distribution distribution_;
  Directions kind_;
  std::int64_t rank_;
};

// A pure function of (run seed, step, number).
std::unique_ptr<Direction> EvolutionStrategies::direction(const Parameters& parameters,
                                                          std::uint64_t seed, std::uint64_t step,
                                                          std::size_t number) const {
  if (kind_ != Directions::Full)
    return std::make_unique<LowRankDirection>(parameters, low_rank(seed, step, number));
  return std::make_unique<CounterDirection>(kernels::Direction{
      seed, static_cast<std::uint32_t>(step), static_cast<std::uint16_t>(number), distribution_});
}

// V is drawn anew in every step, as U is.
LowRankOptions EvolutionStrategies::low_rank(std::uint64_t seed, std::uint64_t step,
                                             std::size_t number) const {
  return {.seed = seed,
          .step = static_cast<std::uint32_t>(step),
          .direction = static_cast<std::uint16_t>(number),
          .rank = rank_,
          .refresh = 1};
}

void EvolutionStrategies::check_members() const {
  if (members_ % count_of(sides_) != 0)
    throw UsageError(
        "is " + std::to_string(members_) + ", and members come in pairs, θ + σz and θ − σz",
        "es.members", "Give an even number, or --es.antithetic no.");
  if (directions() > most_directions)
    throw UsageError("is " + std::to_string(members_) + ", and a step has at most " +
                         std::to_string(most_directions) + " directions z",
                     "es.members", "Give fewer, or leave out --es.antithetic.");
}

// One example's loss at one point says more of the example than of the member, so that both sides
// are needed.
void EvolutionStrategies::check_per_example(const OptionValues& values) const {
  if (sides_ == Sides::Plus)
    throw UsageError(
        "directions = per-example compares each example's losses at θ + σz and θ − σz; there is "
        "nothing to compare without pairs",
        "es.antithetic", "Leave it out, or take --es.directions low-rank.");
  if (!values.is_default("members"))
    throw UsageError("is " + values.text("members") +
                         ", and with directions = per-example every example is a pair of members",
                     "es.members", "Leave it out, and choose --batch-size.");
}

std::optional<LossPlan> EvolutionStrategies::plan_losses(const Parameters& parameters,
                                                         std::uint64_t seed,
                                                         std::uint64_t step) const {
  LossPlan plan{.directions = {}, .eps = sigma(step), .kind = WeightsKind::Dual, .sides = sides_};
  if (kind_ == Directions::PerExample) {
    plan.examples = low_rank(seed, step, 0);
    return plan;
  }
  for (std::size_t i = 0; i < directions(); ++i)
    plan.directions.push_back(direction(parameters, seed, step, i));
  return plan;
}

// θ ← (1 − ηλ)θ − η · 1/N Σ sᵢ (±z) over the N members with the shaped losses sᵢ. With centred
// losses the sum is divided by σ: then it is the mean of the members' estimates of the gradient, in
// pairs MeZO's.
void EvolutionStrategies::step(StepContext& step) {
  LossPlan plan = *plan_losses(step.parameters(), step.seed(), step.step());
  std::vector<double> losses = step.losses(plan);
  const std::size_t sides = count_of(sides_), pairs = losses.size() / sides;
  for (std::size_t i = plan.directions.size(); i < pairs; ++i)
    plan.directions.push_back(direction(step.parameters(), step.seed(), step.step(), i));
  const auto [lowest, highest] = std::ranges::minmax(losses);
  step.record(loss_best, lowest);
  step.record(loss_spread, highest - lowest);
  step.record(sigma_now, plan.eps);

  if (kind_ == Directions::PerExample) es::centre_pairs(losses);
  const std::vector<double> weights = es::shaped(losses, shaping_);
  const double share =
      1 / (static_cast<double>(losses.size()) * (shaping_ == es::Shaping::Centred ? plan.eps : 1));
  std::vector<Move> moves;
  double squares = 0;
  for (std::size_t i = 0; i < pairs; ++i) {
    const double weight = sides == 2 ? weights[2 * i] - weights[2 * i + 1] : weights[i];
    moves.push_back({plan.directions[i].get(), share * weight});
    squares += moves.back().g * moves.back().g;
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

TRAINBUS_OPTIMIZER(EvolutionStrategies, "es", "1.1.0",
                   "evolution strategies: a population in the memory of one model")
