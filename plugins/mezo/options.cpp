#include "options.hpp"

#include "core/error.hpp"
#include "schema.hpp"

namespace trainbus::mezo {
namespace {

template <class Enum>
Enum index_of(const std::string& text, const char* const* choices) {
  int i = 0;
  while (choices[i] != text) ++i;  // the host has checked that it is one of them
  return static_cast<Enum>(i);
}

WeightsKind weights_kind(const std::string& text) {
  if (text == "scratch") return WeightsKind::Scratch;
  return text == "dual" ? WeightsKind::Dual : WeightsKind::Cache;
}

[[noreturn]] void refuse(const std::string& what, const std::string& remedy) {
  throw UsageError(what, "mezo", remedy);
}

}  // namespace

Options::Options(const OptionValues& o)
    : lr(o.real("lr")),
      eps(o.real("eps")),
      weight_decay(o.real("weight-decay")),
      distribution(index_of<kernels::Distribution>(o.text("z"), z_choices)),
      torch_rng(o.text("rng") == "torch"),
      low_rank(o.text("weights") == "low-rank"),
      weights(weights_kind(o.text("weights"))),
      directions(o.integer("directions")),
      rule(index_of<StepRule>(o.text("step-rule"), rule_choices)),
      clip(o.real("clip")),
      beta(o.real("beta")),
      delta(o.real("delta")),
      sparsity(o.real("sparsity")),
      rank(o.integer("rank")),
      refresh(o.integer("refresh")),
      lossy_updates(o.flag("lossy-updates")) {
  if (torch_rng && (directions > 1 || low_rank || sparsity > 0))
    refuse("rng = torch draws one dense Gaussian z a step, as the published trainer does",
           "Leave out directions, low-rank and sparsity, or rng.");
  if (low_rank && !o.is_default("z"))
    refuse("a direction of low rank is a product of normals, z = " + o.text("z") +
               " does not apply to it",
           "Leave out z.");
  if (low_rank && sparsity > 0)
    refuse("a direction of low rank has no single elements to leave out",
           "Leave out sparsity, or take another kind of weights.");
  if (rule != StepRule::Clip && !o.is_default("clip"))
    refuse("clip is given, but step-rule is " + o.text("step-rule"), "Give step-rule = clip too.");
}

}  // namespace trainbus::mezo
