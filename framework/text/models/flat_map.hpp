// A hash table from 64-bit keys to small values, in one array. Internal to the tokenizer's models.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace trainbus {

// The key UINT64_MAX is reserved.
template <class Value>
class FlatMap {
 public:
  explicit FlatMap(std::size_t expected = 0) { resize(capacity_for(expected)); }

  std::size_t size() const { return size_; }
  const Value* find(std::uint64_t key) const {
    for (std::size_t i = place(key);; i = (i + 1) & mask_) {
      if (slots_[i].key == key) return &slots_[i].value;
      if (slots_[i].key == none) return nullptr;
    }
  }
  void insert_or_assign(std::uint64_t key, const Value& value) {
    if ((size_ + 1) * 2 > slots_.size()) resize(slots_.size() * 2);
    std::size_t i = place(key);
    while (slots_[i].key != none && slots_[i].key != key) i = (i + 1) & mask_;
    size_ += slots_[i].key == none ? 1 : 0;
    slots_[i] = {key, value};
  }

 private:
  struct Slot {
    std::uint64_t key;
    Value value;
  };
  static constexpr std::uint64_t none = UINT64_MAX;

  static std::size_t capacity_for(std::size_t count) {
    std::size_t capacity = 8;
    while (capacity < 2 * count) capacity *= 2;
    return capacity;
  }
  // Multiplication spreads the key to the high bits (Knuth, vol. 3, 6.4).
  std::size_t place(std::uint64_t key) const {
    return static_cast<std::size_t>((key * 0x9E3779B97F4A7C15u) >> 32) & mask_;
  }
  void resize(std::size_t capacity) {
    std::vector<Slot> old(capacity, Slot{none, Value{}});
    old.swap(slots_);
    mask_ = capacity - 1;
    size_ = 0;
    for (const Slot& slot : old)
      if (slot.key != none) insert_or_assign(slot.key, slot.value);
  }

  std::vector<Slot> slots_;
  std::size_t mask_ = 0;
  std::size_t size_ = 0;
};

}  // namespace trainbus
