// A plugin's description as text for users.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/host/catalog.hpp"

namespace trainbus::cli {

std::string joined(const std::vector<std::string>& words, std::string_view between);

std::string events_text(const tb_observer& observer);   // "on_step, on_train_end"
std::string metrics_text(const tb_observer& observer);  // "ema/loss"
std::string option_names(const Plugin& plugin);         // "path, every"
std::string threads_text(const tb_reward& reward);      // "share one instance"
bool offers_state(const tb_observer& observer);         // trainbus.state/1

}  // namespace trainbus::cli
