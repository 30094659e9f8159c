// A window with a shell, and the player to be started in it.
#pragma once

#include <boost/test/unit_test.hpp>
#include <iostream>
#include <string>
#include <vector>

#include "terminal/tmux.hpp"

namespace trainbus::testing {

struct Scene {
  Tmux window;
  Player player{window};

  explicit Scene(unsigned columns = 70, const std::vector<std::string>& environment = {})
      : window(columns, 12, environment) {}

  // Starts it by this command, and a training of 100 steps of which 50 took 5 seconds.
  void train(const std::string& command = "player") {
    window.type(command);
    player.tell("on_train_begin total_steps=100");
    player.tell("on_step step=50 seconds=5 loss=1.5");
  }
  void resize(unsigned columns) {
    window.resize(columns);
    player.tell("columns " + std::to_string(columns));
  }
};

// What train() shows in 70 columns, and the same ten steps later.
constexpr const char* kStep50 =
    "Training:  50%|████    | 50/100 [00:05<00:05, 10.00it/s, loss=1.5000]";
constexpr const char* kStep60 =
    "Training:  60%|████▊   | 60/100 [00:06<00:04, 10.00it/s, loss=1.5000]";

inline boost::test_tools::assertion_result with_tmux(boost::unit_test::test_unit_id) {
  static const bool installed = tmux_is_installed();
  if (!installed) std::cout << "tmux is not installed: its tests are skipped" << std::endl;
  return installed;
}

}  // namespace trainbus::testing
