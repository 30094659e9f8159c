// The interned names of the numbers that the engine publishes.
#pragma once

#include <string_view>

#include "core/bus/event.hpp"
#include "core/export.hpp"
#include "engine/task.hpp"

namespace trainbus::metric {

#define TRAINBUS_METRIC(identifier) inline const tb_text identifier = intern(#identifier)
TRAINBUS_METRIC(total_steps);
TRAINBUS_METRIC(initial_step);
TRAINBUS_METRIC(eval_every);
TRAINBUS_METRIC(test_evaluations);
TRAINBUS_METRIC(loss);
TRAINBUS_METRIC(side);
TRAINBUS_METRIC(micro);
TRAINBUS_METRIC(micro_count);
TRAINBUS_METRIC(tokens);
TRAINBUS_METRIC(forwards);
TRAINBUS_METRIC(lr);
TRAINBUS_METRIC(loss_plus);
TRAINBUS_METRIC(loss_minus);
TRAINBUS_METRIC(projected_grad);
TRAINBUS_METRIC(grad_norm);
TRAINBUS_METRIC(skipped);
TRAINBUS_METRIC(skipped_steps);
TRAINBUS_METRIC(tokens_per_s);
TRAINBUS_METRIC(batch);
TRAINBUS_METRIC(batches);
TRAINBUS_METRIC(seconds);
TRAINBUS_METRIC(count);
TRAINBUS_METRIC(min);
TRAINBUS_METRIC(max);
TRAINBUS_METRIC(mean);
TRAINBUS_METRIC(std);
TRAINBUS_METRIC(nonfinite);
#undef TRAINBUS_METRIC

// "eval/NAME" for the validation split, "test/NAME" for the test split.
TRAINBUS_EXPORT tb_text of_split(Split split, std::string_view name);

}  // namespace trainbus::metric
