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
  text += std::to_string(static_cast<int>(parameter.stored().format)) + '\0';
  if (!parameter.trainable) text += std::string("frozen") + '\0';
  return text;
}

template <class Counts>
std::array<std::uint8_t, 32> fingerprint_of(const Parameters& parameters, const Counts& counts) {
  const auto count = static_cast<std::int64_t>(parameters.size());
  std::vector<std::uint32_t> sums(parameters.size());
  at::parallel_for(0, count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const Parameter& parameter = parameters[static_cast<ParameterId>(i)];
      if (counts(parameter))
        sums[static_cast<std::size_t>(i)] =
            checksum(checksum(0, parameter.value), parameter.residual);
    }
  });
  Sha256 digest;
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const Parameter& parameter = parameters[static_cast<ParameterId>(i)];
    if (counts(parameter)) digest.update(description(parameter) + std::to_string(sums[i]));
  }
  return digest.finish_bytes();
}

}  // namespace

std::array<std::uint8_t, 32> fingerprint(const Parameters& parameters) {
  return fingerprint_of(parameters, [](const Parameter&) { return true; });
}

std::array<std::uint8_t, 32> trainable_fingerprint(const Parameters& parameters) {
  return fingerprint_of(parameters, [](const Parameter& parameter) { return parameter.trainable; });
}

std::string layout_fingerprint(const Parameters& parameters) {
  Sha256 digest;
  for (const Parameter& parameter : parameters) digest.update(description(parameter));
  return digest.finish();
}

}  // namespace trainbus
