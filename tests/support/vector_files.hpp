// Reading reference vectors: JSON documents, and safetensors as LibTorch tensors.
#pragma once

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/from_blob.h>

#include <boost/json.hpp>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "formats/safetensors.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {

inline boost::json::value read_json(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  std::stringstream text;
  text << in.rdbuf();
  return boost::json::parse(text.str());
}

inline double number(const boost::json::value& v) { return v.to_number<double>(); }

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
