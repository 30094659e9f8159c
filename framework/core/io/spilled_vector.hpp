// Vectors that may be larger than memory.
#pragma once

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "core/export.hpp"

namespace trainbus {

// The bytes of a vector that is spilled: up to a limit in memory, from there on in a file without a
// name, which the system writes out and reads again as memory is needed elsewhere. The file is in
// TMPDIR, or in /var/tmp without it, and ends with this object or the process, whatever ends that.
class TRAINBUS_EXPORT SpilledBytes {
 public:
  static constexpr std::size_t usual_limit = std::size_t{256} << 20;

  explicit SpilledBytes(std::size_t most_in_memory = usual_limit) : limit_(most_in_memory) {}
  SpilledBytes(SpilledBytes&& other) noexcept { swap(other); }
  SpilledBytes& operator=(SpilledBytes&& other) noexcept {
    SpilledBytes(std::move(other)).swap(*this);
    return *this;
  }
  ~SpilledBytes();

  std::byte* data() const { return data_; }
  std::size_t capacity() const { return capacity_; }
  bool is_in_file() const { return fd_ >= 0; }

  // Makes room for so many bytes; those so far stay, and move. Throws std::bad_alloc, and RunError
  // if the file cannot be made or its disk is full: its blocks are reserved here, so that nothing
  // fails later.
  void grow(std::size_t bytes);

 private:
  void swap(SpilledBytes& other) noexcept {
    std::swap(limit_, other.limit_);
    std::swap(data_, other.data_);
    std::swap(capacity_, other.capacity_);
    std::swap(fd_, other.fd_);
  }
  void grow_in_file(std::size_t bytes);

  std::size_t limit_ = usual_limit;
  std::byte* data_ = nullptr;
  std::size_t capacity_ = 0;
  int fd_ = -1;
};

// A vector of plain numbers or characters over such bytes. Views and pointers are valid until it
// grows. Not copied; any thread may read.
template <class T>
class SpilledVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  explicit SpilledVector(std::size_t most_bytes_in_memory = SpilledBytes::usual_limit)
      : bytes_(most_bytes_in_memory) {}
  SpilledVector(SpilledVector&& other) noexcept
      : bytes_(std::move(other.bytes_)), size_(std::exchange(other.size_, 0)) {}
  SpilledVector& operator=(SpilledVector&& other) noexcept {
    bytes_ = std::move(other.bytes_);
    size_ = std::exchange(other.size_, 0);
    return *this;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T* data() const { return reinterpret_cast<const T*>(bytes_.data()); }
  const T& operator[](std::size_t i) const { return data()[i]; }
  const T& back() const { return data()[size_ - 1]; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  operator std::span<const T>() const { return {data(), size_}; }
  bool is_in_file() const { return bytes_.is_in_file(); }

  void push_back(const T& value) { append({&value, 1}); }
  // The values may not be its own.
  void append(std::span<const T> values) {
    if (values.empty()) return;
    const std::size_t bytes = (size_ + values.size()) * sizeof(T);
    if (bytes > bytes_.capacity()) bytes_.grow(bytes);
    std::memcpy(bytes_.data() + size_ * sizeof(T), values.data(), values.size_bytes());
    size_ += values.size();
  }

 private:
  SpilledBytes bytes_;
  std::size_t size_ = 0;
};

}  // namespace trainbus
