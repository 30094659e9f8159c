// Backends are in files of their own, so that one launcher runs on machines with and without their
// devices: trainbus_cuda.so links the libraries that only GPUs need.
#pragma once

#include <memory>
#include <string>

#include "core/export.hpp"
#include "device/backend.hpp"

namespace trainbus::device {

// Such a file exports this under the name TRAINBUS_BACKEND_SYMBOL, which contains the hash of its
// build; see cmake/EngineTag.cmake.
struct BackendModule {
  std::unique_ptr<Backend> (*make)();  // throws UsageError if there is no such device
};

// The backend of this name, "cuda", from the file trainbus_cuda.so beside this library. Throws
// UsageError that says what is missing.
TRAINBUS_EXPORT std::unique_ptr<Backend> make_backend(const std::string& name);

}  // namespace trainbus::device
