// Backends in files of their own, so that one launcher serves machines with and without their
// devices: trainbus_cuda.so links what only GPUs need.
#pragma once

#include <memory>
#include <string>

#include "core/export.hpp"
#include "device/backend.hpp"

namespace trainbus::device {

// What such a file exports under the name TRAINBUS_BACKEND_SYMBOL, which carries the hash of the
// build that it belongs to; see cmake/EngineTag.cmake.
struct BackendModule {
  std::unique_ptr<Backend> (*make)();  // throws UsageError if there is no such device
};

// The backend of this name, "cuda", from the file trainbus_cuda.so beside this library. Throws
// UsageError that says what is missing.
TRAINBUS_EXPORT std::unique_ptr<Backend> make_backend(const std::string& name);

}  // namespace trainbus::device
