// Reading reference vectors: JSON documents, and safetensors as LibTorch tensors.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>

#include <map>
#include <string>

#include "formats/safetensors/safetensors.hpp"
#include "support/vector_json.hpp"

namespace trainbus::testing {

using Tensors = std::map<std::string, at::Tensor>;

// F32 and I64 tensors of a file, copied.
inline Tensors read_tensors(const std::filesystem::path& path) {
  const SafetensorsFile file(path);
  Tensors tensors;
  for (const TensorInfo& info : file.tensors()) {
    const auto type = info.dtype == DType::I64 ? at::kLong : at::kFloat;
    if (info.dtype != DType::I64 && info.dtype != DType::F32) continue;
    void* data = const_cast<std::byte*>(file.data(info).data());
    tensors[info.name] = at::from_blob(data, info.shape, at::TensorOptions().dtype(type)).clone();
  }
  return tensors;
}

}  // namespace trainbus::testing
