// The schema of MeZO's options: names, defaults, ranges, help.
#pragma once

#include <trainbus/plugin/option_schema.hpp>

namespace trainbus::mezo {

inline constexpr option::Schema schema[] = {
    option::real("lr", "1e-06", "peak learning rate η").min(0).max(1e3),
    option::real("eps", "0.001", "size ε of the perturbation").min(1e-9).max(1),
    option::real("weight-decay", "0",
                 "decoupled weight decay λ; spares biases and layer norms by name")
        .min(0)
        .max(1e3),
    option::choice("z", "rademacher", "distribution of the direction z",
                   {"rademacher", "gaussian", "binomial"}),
    option::choice("rng", "counter",
                   "source of z: counter-based, or torch: the published trainer's draws (Gaussian; "
                   "holds z in memory)",
                   {"counter", "torch"}),
    option::choice(
        "weights", "dual",
        "how θ ± εz is made, slice by slice: dual: in the cache, both sides in one pass; "
        "cache: one side after the other, with half the activations; scratch: the same "
        "through scratch memory of a whole matrix; low-rank: z = UVᵀ, nothing is made "
        "(LOZO)",
        {"dual", "cache", "scratch", "low-rank"}),
    option::integer("directions", "1",
                    "directions z a step, two forwards each (see --sides), averaged (n-SPSA)")
        .min(1)
        .max(32767),
    option::choice(
        "sides", "both",
        "where losses are computed for each direction: both: at θ + εz and θ − εz; plus: "
        "at θ + εz alone, one forward each, compared with their mean (FZOO)",
        {"both", "plus"}),
    option::flag("shares", "no",
                 "divide the elements among the directions: each perturbs its own share, by "
                 "ε·√directions, and the estimates are added; one z a step, however many"),
    option::choice(
        "step-rule", "plain",
        "of the projected gradient g: plain g; its sign; clip: at most --clip; adaptive: "
        "over the root of its running mean square; deviation: over the root of this step's own "
        "mean square, with sides plus the losses' deviation over ε (FZOO)",
        {"plain", "sign", "clip", "adaptive", "deviation"}),
    option::real("clip", "0",
                 "step-rule clip: the largest |g|; 0: what nine of ten of the last 100 were below")
        .min(0)
        .max(1e9),
    option::real("beta", "0.99", "step-rule adaptive: of the running mean square of g")
        .min(0)
        .max(0.9999999999999999),
    option::real("delta", "1e-08", "step-rule adaptive: added to the root").min(0).max(1e9),
    option::real("sparsity", "0",
                 "share of each matrix that is left alone, its largest elements at the start "
                 "(Sparse-MeZO)")
        .min(0)
        .max(0.9999),
    option::integer("rank", "2", "weights low-rank: rank r of z").min(1).max(256),
    option::integer("refresh", "50", "weights low-rank: steps that V is kept for").min(1).max(1e9),
    option::flag("orthogonal", "no",
                 "weights low-rank: the directions of a step share V, and their sum is made "
                 "orthogonal before θ moves along it, each matrix by lr·√rank (ZO-Muon)"),
    option::flag(
        "lossy-updates", "no",
        "train bfloat16 or float16 parameters all the same, although rounding loses most of "
        "an update")};

}  // namespace trainbus::mezo
