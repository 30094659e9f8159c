// ZO-signSGD (Liu et al., "signSGD via zeroth-order oracle", ICLR 2019) with MeZO's memory: of the
// projected gradient g along z ∈ {−1, 1}ⁿ only the sign is used. Every element of the estimate g·z
// has the same size, so its sign is sign(g)·z, and every parameter moves by the learning rate.
#include <cmath>

#include "engine/directions/counter_direction.hpp"
#include "engine/optimizer.hpp"
#include "engine/step.hpp"

namespace {

using namespace trainbus;

class ZoSign final : public Optimizer {
 public:
  static constexpr option::Schema options[] = {
      option::real("lr", "1e-3", "how far each parameter moves in a step").min(0).max(1e3),
      option::real("eps", "1e-3", "size ε of the perturbation").min(1e-9).max(1)};

  explicit ZoSign(const OptionValues& values) : lr_(values.real("lr")), eps_(values.real("eps")) {}

  double lr() const override { return lr_; }
  std::vector<std::string> metrics() const override { return {"projected_grad"}; }
  bool replays() const override { return true; }  // it has no state: a run resumes at any step

  void step(StepContext& step) override {
    const CounterDirection z(
        {.seed = step.seed(), .step = static_cast<std::uint32_t>(step.step())});
    const Losses loss = step.losses(z, eps_);  // L(θ + εz) and L(θ − εz)
    const double g = (loss.plus - loss.minus) / (2 * eps_);
    step.record("projected_grad", g);
    // A g that is not finite is passed on, and update() skips the step.
    step.update(z, std::isfinite(g) && g != 0 ? std::copysign(1.0, g) : g, 0);
  }

 private:
  double lr_, eps_;
};

}  // namespace

TRAINBUS_OPTIMIZER(ZoSign, "zo_sign", "1.0.0", "zeroth-order signSGD: two forwards, equal steps")
