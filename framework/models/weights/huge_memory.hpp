// Memory in huge pages, for data that every step reads from end to end.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

namespace trainbus {

// [floats] float32, zero-filled, 2 MiB aligned; in huge pages if the system grants them. Throws
// RunError.
at::Tensor huge_zeros(std::int64_t floats);

}  // namespace trainbus
