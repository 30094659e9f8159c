// Throws a std::exception for every answer.
#include <trainbus/reward.hpp>

struct Throws : trainbus::Reward {
  double score(const trainbus::Answer& answer) override {
    throw std::runtime_error("thrown for \"" + std::string(answer.text()) + "\"");
  }
};
TRAINBUS_REWARD(Throws, "throws", "1.0.0", "throws for every answer");
