#include "core/io/mapped_range.hpp"

#include <array>
#include <atomic>

namespace trainbus {
namespace {

struct Slot {
  std::atomic<bool> taken = false;
  std::atomic<const char*> begin = nullptr;  // null: not filled in
  std::atomic<std::size_t> bytes = 0;
  std::atomic<const char*> path = nullptr;
};

std::array<Slot, 256> slots;

}  // namespace

MappedRange::MappedRange(const void* begin, std::size_t bytes, const char* path) {
  for (std::size_t i = 0; i < slots.size(); ++i) {
    Slot& slot = slots[i];
    if (slot.taken.exchange(true)) continue;
    slot.path = path;
    slot.bytes = bytes;
    slot.begin = static_cast<const char*>(begin);
    slot_ = static_cast<int>(i);
    return;
  }
}

MappedRange::~MappedRange() {
  if (slot_ < 0) return;
  Slot& slot = slots[static_cast<std::size_t>(slot_)];
  slot.begin = nullptr;
  slot.taken = false;
}

const char* path_mapped_at(const void* address) {
  const auto* at = static_cast<const char*>(address);
  for (const Slot& slot : slots) {
    const char* begin = slot.begin;
    if (begin != nullptr && at >= begin && at < begin + slot.bytes) return slot.path;
  }
  return nullptr;
}

}  // namespace trainbus
