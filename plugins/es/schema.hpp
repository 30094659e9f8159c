// The schema of the options of evolution strategies: names, defaults, ranges, help.
#pragma once

#include <trainbus/plugin/option_schema.hpp>

namespace trainbus::es {

inline constexpr option::Schema schema[] = {
    option::real("lr", "0.0005", "peak learning rate η").min(0).max(1e3),
    option::integer("members", "30", "of the population").min(2).max(65534),
    option::flag("antithetic", "yes",
                 "members come in pairs, θ + σz and θ − σz; no: each has a z of its own, θ + σz"),
    option::real("sigma", "0.001", "size σ of the perturbation").min(1e-9).max(1),
    option::real("sigma-decay", "1", "factor on σ for every step: step t, from 0, has σ·decay^t")
        .min(0.5)
        .max(1),
    option::choice("shaping", "z-score",
                   "of the members' losses: z-score; rank: evenly from −½ to ½ in their order; "
                   "centred: their distance from the mean, over σ, as MeZO's estimate",
                   {"z-score", "rank", "centred"}),
    option::choice("directions", "full",
                   "z of every element of its own; low-rank: z = UVᵀ of a matrix, never made; "
                   "per-example: the same, and every example of the batch is a pair of members",
                   {"full", "low-rank", "per-example"}),
    option::integer("rank", "1", "of low-rank directions").min(1).max(256),
    option::choice("z", "rademacher", "distribution of the direction z",
                   {"rademacher", "gaussian", "binomial"}),
    option::real("weight-decay", "0",
                 "decoupled weight decay λ; spares biases and layer norms by name")
        .min(0)
        .max(1e3)};

}  // namespace trainbus::es
