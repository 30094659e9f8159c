// When a log that is no terminal gets its next progress line: after `interval`, and after a
// twentieth of the run, whichever is later.
#pragma once

#include <cstdint>
#include <optional>

namespace trainbus::progress {

class PlainPace {
 public:
  PlainPace(std::int64_t interval_ns, std::optional<std::uint64_t> total, std::uint64_t n,
            std::int64_t now_ns)
      : interval_ns_(interval_ns), share_(total.value_or(0) / 20), n_(n), written_ns_(now_ns) {}

  // True: write a line now.
  bool due(std::uint64_t n, std::int64_t now_ns) {
    if (now_ns - written_ns_ < interval_ns_ || n <= n_ || n - n_ < share_) return false;
    n_ = n;
    written_ns_ = now_ns;
    return true;
  }

 private:
  std::int64_t interval_ns_;
  std::uint64_t share_;  // 5 % of all steps
  std::uint64_t n_;
  std::int64_t written_ns_;
};

}  // namespace trainbus::progress
