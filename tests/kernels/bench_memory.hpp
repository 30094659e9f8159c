// The benchmark's parameters: SmolLM2-135M's shapes in one piece of memory in huge pages, in any
// storage format; and scratch for what is made of them.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/direction.hpp"
#include "kernels/storage.hpp"

namespace trainbus::kernels::bench {

struct Tensor {
  Shape shape;
  std::int64_t offset;  // of its first element from the first of all
};

// Rows of a tensor that fit a core's cache.
struct Slice {
  std::size_t tensor;
  std::int64_t row_begin, row_end;
};

class Memory {
 public:
  Memory();

  std::int64_t count() const { return count_; }
  const std::vector<Tensor>& tensors() const { return tensors_; }
  const std::vector<Slice>& slices() const { return slices_; }

  float* float32() { return float32_; }
  // All formats share the bytes; contents that one writes are small numbers in all.
  Stored all(Format format);
  Stored tensor(Format format, std::size_t number);
  // Of the calling thread, `side` 0 or 1; holds the largest slice, and the largest matrix of a
  // layer.
  float* scratch(int side = 0);

 private:
  std::int64_t count_ = 0;
  std::vector<Tensor> tensors_;
  std::vector<Slice> slices_;
  float* float32_;
  std::int8_t* residuals_;
  std::vector<std::vector<float>> scratch_;
};

}  // namespace trainbus::kernels::bench
