// An event as a plugin sees it: a view of the host's numbers and text, valid during the call.
#pragma once

#include <trainbus/plugin/text.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace trainbus {
inline namespace plugin_v1 {

enum class Phase : std::uint32_t {
  Train = TB_PHASE_TRAIN,
  Evaluation = TB_PHASE_EVALUATION,
  CatchUp = TB_PHASE_CATCH_UP  // events of an earlier attempt, published again
};

// One named number. The name's memory lives as long as the run and is interned: within a run two
// names are equal exactly if their data() pointers are.
struct Scalar {
  std::string_view name;
  double value;
};

namespace detail {

inline Scalar wrap(const tb_scalar& raw) { return {view(raw.name), raw.value}; }
inline std::string_view wrap(const tb_text& raw) { return view(raw); }

// A borrowed array of C structs, iterated as C++ values.
template <class Raw>
class Range {
 public:
  class iterator {
   public:
    explicit iterator(const Raw* at) : at_(at) {}
    auto operator*() const { return wrap(*at_); }
    iterator& operator++() { return ++at_, *this; }
    bool operator==(const iterator&) const = default;

   private:
    const Raw* at_;
  };

  Range(const Raw* data, std::size_t size) : data_(data), size_(size) {}
  iterator begin() const { return iterator(data_); }
  iterator end() const { return iterator(data_ + size_); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  auto operator[](std::size_t index) const { return wrap(data_[index]); }

 private:
  const Raw* data_;
  std::size_t size_;
};

}  // namespace detail

// The name of a metric that is looked up repeatedly. Names are interned, so after the first find a
// look-up is one pointer comparison. Keep it as a member: one per run.
class MetricRef {
 public:
  // name must outlive this object; a string literal does.
  explicit constexpr MetricRef(std::string_view name) : name_(name) {}
  std::string_view name() const { return name_; }

 private:
  friend class Event;
  std::string_view name_;
  const char* interned_ = nullptr;
  std::size_t position_ = 0;  // of the last hit; scalars keep their order
};

class Event {
 public:
  explicit Event(const tb_event& raw) : raw_(&raw) {}

  // Optimizer steps completed; within a step, the number of that step, from 1.
  std::uint64_t step() const { return raw_->step; }
  // Passes over the training data begun before this one.
  std::uint64_t epoch() const { return raw_->epoch; }
  // 1 for a fresh run; counts resumes.
  std::uint32_t attempt() const { return raw_->attempt; }
  Phase phase() const { return static_cast<Phase>(raw_->phase); }
  // TB_ON_…, and its name, "on_step".
  std::uint32_t kind() const { return raw_->kind; }
  std::string_view name() const { return view(raw_->name); }
  // When it occurred: wall clock since 1970, and monotonic since this process began to train.
  std::int64_t unix_ns() const { return raw_->unix_ns; }
  std::int64_t run_ns() const { return raw_->run_ns; }
  double unix_seconds() const { return static_cast<double>(raw_->unix_ns) / 1e9; }
  double run_seconds() const { return static_cast<double>(raw_->run_ns) / 1e9; }

  // for (auto [name, value] : event.scalars()) …
  detail::Range<tb_scalar> scalars() const { return {raw_->scalars, raw_->scalar_count}; }
  // The value of this name, if the event has it.
  std::optional<double> find(std::string_view name) const {
    for (auto [candidate, value] : scalars())
      if (candidate == name) return value;
    return std::nullopt;
  }
  std::optional<double> find(MetricRef& metric) const {
    const std::size_t count = raw_->scalar_count;
    if (metric.position_ < count && raw_->scalars[metric.position_].name.data == metric.interned_)
      return raw_->scalars[metric.position_].value;
    for (std::size_t i = 0; i < count; ++i) {
      const tb_text name = raw_->scalars[i].name;
      if (metric.interned_ ? name.data != metric.interned_ : view(name) != metric.name_) continue;
      metric.interned_ = name.data;
      metric.position_ = i;
      return raw_->scalars[i].value;
    }
    return std::nullopt;
  }

  // By kind: the resolved run as JSON, a path, a reason; else empty. Zero-terminated.
  std::string_view text() const { return view(raw_->text); }
  // on_train_begin: the names of all declared metrics, in the order for columns.
  detail::Range<tb_text> metrics() const { return {raw_->metrics, raw_->metric_count}; }

  const tb_event& raw() const { return *raw_; }

 private:
  const tb_event* raw_;
};

}  // namespace plugin_v1
}  // namespace trainbus
