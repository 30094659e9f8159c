// A model's parameters in device memory, as the passes see them: a table of tensors, so that one
// launch serves them all. Plain C++17.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/storage.hpp"

namespace trainbus::cuda {

// Device memory, contiguous, row-major, owned by the caller.
struct Tensor {
  std::uint16_t id;            // see kernels/direction.hpp
  std::int64_t rows, columns;  // rows = 0: a vector of `columns` elements
  kernels::Format format;
  void* values;
  void* residuals = nullptr;  // one a parameter for formats with residuals
  void* out = nullptr;        // where perturb writes; null if it is not asked to
  kernels::Format out_format = kernels::Format::Float32;  // without residuals
};

// A row of the table on the device. Passes process pieces of 4096 elements; pieces are numbered
// across all tensors, in fragment order (Rademacher: tiles of 16 rows by 256 columns of a matrix)
// and in linear order (the others).
struct TableEntry {
  Tensor tensor;
  std::int64_t first_tile, first_run;  // numbers of its first piece in either order
  bool aligned;  // pointers to 16 bytes and rows to 8 elements: rows are read as vectors
};

// The argument of the passes.
struct Table {
  const TableEntry* entries = nullptr;  // device memory
  std::int32_t count = 0;
  std::int64_t tiles = 0, runs = 0;  // how many pieces there are in either order
  std::vector<TableEntry> host_entries;
};

// The table without its entries on the device: copy host_entries there and set `entries`, and keep
// that memory as long as kernels that use it may run.
Table lay_out(const std::vector<Tensor>& tensors);

}  // namespace trainbus::cuda
