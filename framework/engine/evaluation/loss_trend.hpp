// Whether the training loss rose or fell over a run.
#pragma once

#include <cmath>
#include <cstddef>
#include <deque>
#include <numeric>
#include <optional>

namespace trainbus {

// The means of the first and of the last `window` finite losses, once there are twice as many.
class LossTrend {
 public:
  static constexpr std::size_t window = 20;

  void add(double loss) {
    if (!std::isfinite(loss)) return;
    if (count_++ < window) first_sum_ += loss;
    last_.push_back(loss);
    if (last_.size() > window) last_.pop_front();
  }
  std::optional<double> first() const {
    if (!known()) return std::nullopt;
    return first_sum_ / window;
  }
  std::optional<double> last() const {
    if (!known()) return std::nullopt;
    return std::accumulate(last_.begin(), last_.end(), 0.0) / window;
  }

 private:
  bool known() const { return count_ >= 2 * window; }

  std::size_t count_ = 0;
  double first_sum_ = 0;
  std::deque<double> last_;
};

}  // namespace trainbus
