// An exponential moving average that can be saved and continued to the last bit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// a ← decay·a + (1 − decay)·x for each finite x; other values are only counted.
// Start: the first x; with bias correction zero, and the value is a / (1 − decay^n) (Kingma & Ba,
// Adam, arXiv:1412.6980, section 3).
class Average {
 public:
  Average(double decay, bool bias_correction) : decay_(decay), bias_correction_(bias_correction) {}

  // Returns whether x was added.
  bool add(double x);
  // Empty before the first finite x.
  std::optional<double> value() const;
  std::uint64_t skipped() const { return skipped_; }

  // One line of text. load throws std::runtime_error on anything that save did not write; a state
  // that was saved under another decay or start continues from its value.
  std::string save() const;
  void load(std::string_view text);

 private:
  double weight() const;

  double decay_;
  bool bias_correction_;
  double average_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t skipped_ = 0;
};
