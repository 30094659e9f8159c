#include "average.hpp"

#include <charconv>
#include <cmath>
#include <stdexcept>
#include <system_error>

namespace {

template <class T>
void put(std::string& out, T value) {
  char digits[32];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  out += ' ';
}

template <class T>
T take(std::string_view& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end == text.data() + text.size() || *end != ' ')
    throw std::runtime_error("the saved state of the running loss is damaged at \"" +
                             std::string(text.substr(0, 20)) + "\"");
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return value;
}

}  // namespace

bool Average::add(double x) {
  if (!std::isfinite(x)) {
    ++skipped_;
    return false;
  }
  const bool seed = count_ == 0 && !bias_correction_;
  average_ = seed ? x : decay_ * average_ + (1 - decay_) * x;
  ++count_;
  return true;
}

double Average::weight() const {
  return bias_correction_ ? 1 - std::pow(decay_, static_cast<double>(count_)) : 1;
}

std::optional<double> Average::value() const {
  if (count_ == 0) return std::nullopt;
  return average_ / weight();
}

std::string Average::save() const {
  std::string text;
  put(text, decay_);
  put(text, static_cast<int>(bias_correction_));
  put(text, average_);
  put(text, count_);
  put(text, skipped_);
  return text;
}

void Average::load(std::string_view text) {
  const auto saved_decay = take<double>(text);
  Average saved(saved_decay, take<int>(text) != 0);
  saved.average_ = take<double>(text);
  saved.count_ = take<std::uint64_t>(text);
  saved.skipped_ = take<std::uint64_t>(text);
  if (!text.empty() || !(saved_decay >= 0 && saved_decay < 1) || !std::isfinite(saved.average_))
    throw std::runtime_error("the saved state of the running loss is damaged");
  count_ = saved.count_;
  skipped_ = saved.skipped_;
  average_ = saved.average_;
  const bool same = saved.decay_ == decay_ && saved.bias_correction_ == bias_correction_;
  if (!same && count_ > 0) average_ = *saved.value() * weight();
}
