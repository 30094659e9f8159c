#include "engine/fingerprint.hpp"

#include <ATen/Parallel.h>

#include <vector>

#include "core/io/crc32c.hpp"
#include "core/io/sha256.hpp"

namespace trainbus {
namespace {

std::uint32_t checksum(std::uint32_t crc, const at::Tensor& tensor) {
  if (!tensor.defined()) return crc;
  return crc32c(crc, {static_cast<const char*>(tensor.const_data_ptr()), tensor.nbytes()});
}

std::string description(const Parameter& parameter) {
  std::string text = parameter.name + '\0';
  for (std::int64_t size : parameter.value.sizes()) text += std::to_string(size) + ',';
  return text + std::to_string(static_cast<int>(parameter.stored().format)) + '\0';
}

}  // namespace

std::array<std::uint8_t, 32> fingerprint(const Parameters& parameters) {
  const auto count = static_cast<std::int64_t>(parameters.size());
  std::vector<std::uint32_t> sums(parameters.size());
  at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Parameter& parameter = parameters[static_cast<ParameterId>(i)];
      sums[static_cast<std::size_t>(i)] =
          checksum(checksum(0, parameter.value), parameter.residual);
    }
  });
  Sha256 digest;
  for (std::size_t i = 0; i < sums.size(); ++i)
    digest.update(description(parameters[static_cast<ParameterId>(i)]) + std::to_string(sums[i]));
  return digest.finish_bytes();
}

std::string layout_fingerprint(const Parameters& parameters) {
  Sha256 digest;
  for (const Parameter& parameter : parameters) digest.update(description(parameter));
  return digest.finish();
}

}  // namespace trainbus
