#include "options.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "core/io/error.hpp"

namespace trainbus::mezo {
namespace {

// The option's value as its place among the choices, which are in the order of the enumerators.
template <class Enum>
Enum chosen(const OptionValues& values, const std::string& name) {
  for (const Option& option : values.schema()) {
    if (option.name != name) continue;
    const auto place = std::ranges::find(option.choices, values.text(name));
    return static_cast<Enum>(place -
                             option.choices.begin());  // the host has checked that it is one
  }
  return {};
}

WeightsKind weights_kind(const std::string& kind) {
  if (kind == "scratch") return WeightsKind::Scratch;
  return kind == "cache" ? WeightsKind::Cache : WeightsKind::Dual;
}

[[noreturn]] void refuse(const std::string& what, const std::string& remedy) {
  throw UsageError(what, "mezo", remedy);
}

}  // namespace

Options::Options(const OptionValues& o)
    : lr(o.real("lr")),
      eps(o.real("eps")),
      weight_decay(o.real("weight-decay")),
      distribution(chosen<kernels::Distribution>(o, "z")),
      torch_rng(o.text("rng") == "torch"),
      low_rank(o.text("weights") == "low-rank"),
      weights(weights_kind(o.text("weights"))),
      directions(o.integer("directions")),
      sides(o.text("sides") == "plus" ? Sides::Plus : Sides::Both),
      shares(o.flag("shares")),
      rule(chosen<StepRule>(o, "step-rule")),
      clip(o.real("clip")),
      beta(o.real("beta")),
      delta(o.real("delta")),
      sparsity(o.real("sparsity")),
      rank(o.integer("rank")),
      refresh(o.integer("refresh")),
      orthogonal(o.flag("orthogonal")),
      lossy_updates(o.flag("lossy-updates")) {
  const auto given = [&](const char* name) { return !o.is_default(name); };
  // An option without effect, because of another option, is refused.
  const auto needs = [&](const char* name, bool has, const char* other) {
    if (given(name) && !has)
      refuse(std::string(name) + " is given, but it counts only with " + other,
             std::string("Give ") + other + " too, or leave " + name + " out.");
  };
  needs("clip", rule == StepRule::Clip, "step-rule = clip");
  needs("beta", rule == StepRule::Adaptive, "step-rule = adaptive");
  needs("delta", rule == StepRule::Adaptive, "step-rule = adaptive");
  needs("sides", directions > 1 || sides == Sides::Both, "directions above 1");
  needs("shares", directions > 1 || !shares, "directions above 1");
  needs("rank", low_rank, "weights = low-rank");
  needs("refresh", low_rank, "weights = low-rank");
  needs("orthogonal", low_rank || !orthogonal, "weights = low-rank");
  needs("orthogonal", directions > 1 || !orthogonal, "directions above 1");
  if (orthogonal && rule != StepRule::Plain)
    refuse("an orthogonal update has the same length for any g, step-rule = " +
               o.text("step-rule") + " does not apply to it",
           "Leave out step-rule, or orthogonal.");
  if (torch_rng && given("z") && distribution != kernels::Distribution::Gaussian)
    refuse("rng = torch draws a Gaussian z, and z = " + o.text("z") + " was asked for",
           "Leave out one of them.");
  for (const auto& [name, wrong] : {std::pair{"shares", shares},
                                    {"directions", directions > 1},
                                    {"weights = low-rank", low_rank},
                                    {"sparsity", sparsity > 0}})
    if (torch_rng && wrong)
      refuse(std::string("rng = torch draws one dense z a step, as the published trainer does; ") +
                 name + " does not go with it",
             std::string("Leave out ") + name + ", or rng.");
  if (low_rank && given("z"))
    refuse("a direction of low rank is a product of normals, z = " + o.text("z") +
               " does not apply to it",
           "Leave out z.");
  if (low_rank && shares)
    refuse("a direction of low rank has no single elements to share",
           "Leave out shares, or take another kind of weights.");
  if (low_rank && sparsity > 0)
    refuse("a direction of low rank has no single elements to leave out",
           "Leave out sparsity, or take another kind of weights.");
}

double Options::perturbation() const {
  return shares ? eps * std::sqrt(static_cast<double>(directions)) : eps;
}

}  // namespace trainbus::mezo
