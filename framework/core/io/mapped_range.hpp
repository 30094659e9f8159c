// Which files are mapped where, for the message when one is cut off while it is read.
#pragma once

#include <cstddef>

#include "core/export.hpp"

namespace trainbus {

// Notes a mapped file while it lives. path must live as long. Only the first few hundred at a time
// are noted. Any thread.
class TRAINBUS_EXPORT MappedRange {
 public:
  MappedRange() = default;
  MappedRange(const void* begin, std::size_t bytes, const char* path);
  ~MappedRange();
  MappedRange(const MappedRange&) = delete;
  MappedRange& operator=(const MappedRange&) = delete;

 private:
  int slot_ = -1;
};

// The path of the file that is mapped there; null if none is. Safe in a signal handler.
TRAINBUS_EXPORT const char* path_mapped_at(const void* address);

}  // namespace trainbus
