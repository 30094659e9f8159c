// MeZO: memory-efficient zeroth-order SGD (arXiv 2305.17333, algorithm 1). Two forward passes at θ
// ± εz, one projected gradient, one update along z. θ itself is never perturbed.
#include <memory>

#include "engine/counter_direction.hpp"
#include "engine/optimizer.hpp"
#include "engine/step.hpp"
#include "engine/torch_direction.hpp"

namespace {

using namespace trainbus;

const tb_text loss_plus = intern("loss_plus");
const tb_text loss_minus = intern("loss_minus");
const tb_text projected_grad = intern("projected_grad");

constexpr const char* rng_choices[] = {"counter", "torch", nullptr};
constexpr const char* z_choices[] = {"rademacher", "gaussian", nullptr};

class Mezo final : public Optimizer {
 public:
  static constexpr tb_option lr_option{sizeof(tb_option),      0, "lr", "real", "1e-06",
                                       "peak learning rate η", 0, 1e3,  nullptr};
  static constexpr tb_option eps_option{
      sizeof(tb_option), 0, "eps", "real", "0.001", "size ε of the perturbation", 1e-9, 1, nullptr};
  static constexpr tb_option decay_option{
      sizeof(tb_option),
      0,
      "weight-decay",
      "real",
      "0",
      "decoupled weight decay λ; spares biases and layer norms by name",
      0,
      1e3,
      nullptr};
  static constexpr tb_option z_option{
      sizeof(tb_option), 0, "z", "choice", "rademacher", "distribution of the direction z", 1, 0,
      z_choices};
  static constexpr tb_option rng_option{sizeof(tb_option),
                                        0,
                                        "rng",
                                        "choice",
                                        "counter",
                                        "source of z: counter-based, or torch: the published "
                                        "trainer's draws (Gaussian; holds z in memory)",
                                        1,
                                        0,
                                        rng_choices};
  static constexpr const tb_option* options[] = {&lr_option, &eps_option, &decay_option, &z_option,
                                                 &rng_option};

  explicit Mezo(const OptionValues& o)
      : lr_(o.real("lr")),
        eps_(o.real("eps")),
        weight_decay_(o.real("weight-decay")),
        torch_rng_(o.text("rng") == "torch"),
        distribution_(o.text("z") == "gaussian" ? kernels::Distribution::Gaussian
                                                : kernels::Distribution::Rademacher) {}

  double lr() const override { return lr_; }
  std::vector<std::string> metrics() const override {
    return {"loss_plus", "loss_minus", "projected_grad"};
  }

  void step(StepContext& step) override {
    const std::unique_ptr<Direction> z = direction(step);
    const Losses loss = step.losses(*z, eps_);
    const double g = (loss.plus - loss.minus) / (2 * eps_);
    step.record(loss_plus, loss.plus);
    step.record(loss_minus, loss.minus);
    step.record(projected_grad, g);
    step.update(*z, g, weight_decay_);
  }

 private:
  // A function of (run seed, step): nothing needs to be kept.
  std::unique_ptr<Direction> direction(StepContext& step) {
    if (!torch_rng_)
      return std::make_unique<CounterDirection>(
          kernels::Direction{.seed = step.seed(),
                             .step = static_cast<std::uint32_t>(step.step()),
                             .distribution = distribution_});
    if (!seeds_) seeds_ = std::make_unique<StepSeeds>(static_cast<std::uint32_t>(step.seed()));
    const std::uint32_t seed = seeds_->at(step.step());
    step.record("seed", seed);
    return std::make_unique<TorchDirection>(step.parameters(), seed);
  }

  double lr_, eps_, weight_decay_;
  bool torch_rng_;
  kernels::Distribution distribution_;
  std::unique_ptr<StepSeeds> seeds_;
};

}  // namespace

TRAINBUS_OPTIMIZER(
    Mezo, "mezo", "1.0.0",
    "zeroth-order SGD: two forward passes, no backward pass, the memory of inference")
