// The schema of MeZO's options: names, defaults, ranges, help.
#pragma once

#include <trainbus/plugin.h>

namespace trainbus::mezo {

inline constexpr const char* z_choices[] = {"rademacher", "gaussian", "binomial", nullptr};
inline constexpr const char* rng_choices[] = {"counter", "torch", nullptr};
inline constexpr const char* weights_choices[] = {"dual", "cache", "scratch", "low-rank", nullptr};
inline constexpr const char* rule_choices[] = {"plain", "sign", "clip", "adaptive", nullptr};

constexpr tb_option real(const char* name, const char* fallback, const char* help, double min,
                         double max) {
  return {sizeof(tb_option), 0, name, "real", fallback, help, min, max, nullptr};
}
constexpr tb_option count(const char* name, const char* fallback, const char* help, double min,
                          double max) {
  return {sizeof(tb_option), 0, name, "int", fallback, help, min, max, nullptr};
}
constexpr tb_option choice(const char* name, const char* const* choices, const char* help) {
  return {sizeof(tb_option), 0, name, "choice", choices[0], help, 1, 0, choices};
}

inline constexpr tb_option lr_option = real("lr", "1e-06", "peak learning rate η", 0, 1e3);
inline constexpr tb_option eps_option = real("eps", "0.001", "size ε of the perturbation", 1e-9, 1);
inline constexpr tb_option decay_option = real(
    "weight-decay", "0", "decoupled weight decay λ; spares biases and layer norms by name", 0, 1e3);
inline constexpr tb_option z_option = choice("z", z_choices, "distribution of the direction z");
inline constexpr tb_option rng_option =
    choice("rng", rng_choices,
           "source of z: counter-based, or torch: the published trainer's draws (Gaussian; holds z "
           "in memory)");
inline constexpr tb_option weights_option =
    choice("weights", weights_choices,
           "how θ ± εz is made, slice by slice: dual: in the cache, both sides in one pass; cache: "
           "one side after the other, with half the activations; scratch: the same through scratch "
           "memory of a whole matrix; low-rank: z = UVᵀ, nothing is made (LOZO)");
inline constexpr tb_option directions_option =
    count("directions", "1", "directions z a step, two forwards each, averaged (n-SPSA)", 1, 32767);
inline constexpr tb_option rule_option =
    choice("step-rule", rule_choices,
           "of the projected gradient g: plain g; its sign; clip: at most --clip; adaptive: over "
           "the root of its running mean square");
inline constexpr tb_option clip_option =
    real("clip", "0",
         "step-rule clip: the largest |g|; 0: what nine of ten of the last 100 were below", 0, 1e9);
inline constexpr tb_option beta_option = real(
    "beta", "0.99", "step-rule adaptive: of the running mean square of g", 0, 0.9999999999999999);
inline constexpr tb_option delta_option =
    real("delta", "1e-08", "step-rule adaptive: added to the root", 0, 1e9);
inline constexpr tb_option sparsity_option =
    real("sparsity", "0",
         "share of each matrix that is left alone, its largest elements at the start (Sparse-MeZO)",
         0, 0.9999);
inline constexpr tb_option rank_option =
    count("rank", "2", "weights low-rank: rank r of z", 1, 256);
inline constexpr tb_option refresh_option =
    count("refresh", "50", "weights low-rank: steps that V is kept for", 1, 1e9);
inline constexpr tb_option lossy_option = {
    sizeof(tb_option),
    0,
    "lossy-updates",
    "bool",
    "no",
    "train bfloat16 or float16 parameters all the same, although rounding "
    "loses most of an update",
    1,
    0,
    nullptr};

inline constexpr const tb_option* schema[] = {
    &lr_option,      &eps_option,        &decay_option, &z_option,       &rng_option,
    &weights_option, &directions_option, &rule_option,  &clip_option,    &beta_option,
    &delta_option,   &sparsity_option,   &rank_option,  &refresh_option, &lossy_option};

}  // namespace trainbus::mezo
