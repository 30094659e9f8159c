#include "models/activation_memory.hpp"

#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <map>
#include <mutex>
#include <unordered_map>

namespace trainbus {
namespace {

constexpr std::size_t huge_page = 2u << 20;
constexpr std::size_t smallest = 128u << 10;
constexpr std::size_t kept = std::size_t{1} << 30;
constexpr std::size_t line = 64;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

// Blocks of one region, each the lowest that fits. Pages are taken when they are first written to.
class Region {
 public:
  // Reserves as much address space as there is memory. Empty if the system refuses.
  Region() {
    if (sanitized) return;
    const std::size_t memory = static_cast<std::size_t>(::sysconf(_SC_PHYS_PAGES)) *
                               static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    size_ = memory / huge_page * huge_page;
    // One page more, so that an aligned region lies inside.
    void* all = ::mmap(nullptr, size_ + huge_page, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (all == MAP_FAILED) {
      size_ = 0;
      return;
    }
    const auto address = reinterpret_cast<std::uintptr_t>(all);
    base_ = reinterpret_cast<char*>((address + huge_page - 1) / huge_page * huge_page);
    ::madvise(base_, size_, MADV_HUGEPAGE);
  }

  bool is_there() const { return size_ > 0; }
  bool holds(const void* p) const {
    const auto* at = static_cast<const char*>(p);
    return at >= base_ && at < base_ + size_;
  }

  // Null if there is no room.
  void* take(std::size_t bytes) {
    // A line more: blocks of a power of two would share the cache's sets.
    const std::size_t needed = (bytes + line - 1) / line * line + line;
    const std::lock_guard lock(mutex_);
    for (auto block = free_.begin(); block != free_.end(); ++block) {
      const auto [offset, size] = *block;
      if (size < needed) continue;
      free_.erase(block);
      if (size > needed) free_.emplace(offset + needed, size - needed);
      return use(offset, needed);
    }
    if (size_ - top_ < needed) return nullptr;
    const std::size_t offset = top_;
    top_ += needed;
    touched_ = std::max(touched_, top_);
    return use(offset, needed);
  }

  void give(void* p) {
    const std::lock_guard lock(mutex_);
    const auto found = used_.find(static_cast<std::size_t>(static_cast<char*>(p) - base_));
    std::size_t offset = found->first, size = found->second;
    used_.erase(found);
    in_use_ -= size;
    auto next = free_.lower_bound(offset);
    if (next != free_.end() && next->first == offset + size) {
      size += next->second;
      next = free_.erase(next);
    }
    if (next != free_.begin())
      if (const auto before = std::prev(next); before->first + before->second == offset) {
        offset = before->first;
        size += before->second;
        free_.erase(before);
      }
    if (offset + size == top_)
      lower(offset);
    else
      free_.emplace(offset, size);
  }

  void release() {
    const std::lock_guard lock(mutex_);
    for (const auto& [offset, size] : free_) release(offset, offset + size);
    release(top_, touched_);
    touched_ = top_;
  }

  std::size_t in_use() {
    const std::lock_guard lock(mutex_);
    return in_use_;
  }

 private:
  void* use(std::size_t offset, std::size_t size) {
    used_.emplace(offset, size);
    in_use_ += size;
    return base_ + offset;
  }

  void lower(std::size_t top) {
    top_ = top;
    if (touched_ < top + kept) return;
    release(top, touched_);
    touched_ = top;
  }

  // The whole pages between.
  void release(std::size_t begin, std::size_t end) {
    const std::size_t first = (begin + huge_page - 1) / huge_page * huge_page;
    const std::size_t last = end == touched_ ? (end + huge_page - 1) / huge_page * huge_page
                                             : end / huge_page * huge_page;
    if (first < last) ::madvise(base_ + first, last - first, MADV_DONTNEED);
  }

  char* base_ = nullptr;
  std::size_t size_ = 0;
  std::mutex mutex_;
  std::size_t top_ = 0;      // nothing behind it is in use
  std::size_t touched_ = 0;  // pages behind it are not taken
  std::size_t in_use_ = 0;
  std::map<std::size_t, std::size_t> free_;            // before top_: offset, size; no neighbours
  std::unordered_map<std::size_t, std::size_t> used_;  // the same of what is in use
};

// Never destroyed: tensors of static duration may outlive it.
Region& region() {
  static Region& the_region = *new Region();
  return the_region;
}

class Allocator final : public c10::Allocator {
 public:
  explicit Allocator(c10::Allocator& others) : others_(others) { others_given_ = &others; }

  c10::DataPtr allocate(std::size_t bytes) override {
    void* p = bytes >= smallest ? region().take(bytes) : nullptr;
    if (p == nullptr) p = others_.raw_allocate(bytes);
    return {p, p, &free_any, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DeleterFnPtr raw_deleter() const override { return &free_any; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }

 private:
  static void free_any(void* p) {
    if (region().holds(p))
      region().give(p);
    else
      others_given_->raw_deallocate(p);
  }

  c10::Allocator& others_;
  static inline c10::Allocator* others_given_ = nullptr;
};

}  // namespace

void use_huge_pages_for_tensors() {
  static std::once_flag once;
  std::call_once(once, [] {
    // Never destroyed, for tensors are given back through it.
    if (region().is_there()) c10::SetCPUAllocator(new Allocator(*c10::GetDefaultCPUAllocator()));
  });
}

void release_unused_tensor_memory() { region().release(); }

std::size_t tensor_bytes_in_huge_pages() { return region().in_use(); }

}  // namespace trainbus
