#include "kernels/storage.hpp"

#include "kernels/simd/z_tensor.hpp"

namespace trainbus::kernels {
namespace {

constexpr std::int64_t grain = 32768;

std::int64_t bytes_per_value(Format format) { return format == Format::Float32 ? 4 : 2; }

}  // namespace

ConstStored forward_part(const ConstStored& p) {
  return residual_bytes(p.format) > 0 ? ConstStored(Format::BFloat16, p.values) : p;
}

Stored advanced(const Stored& p, std::int64_t offset) {
  const std::int64_t width = residual_bytes(p.format);
  return {p.format, static_cast<char*>(p.values) + offset * bytes_per_value(p.format),
          width > 0 ? static_cast<char*>(p.residuals) + offset * width : nullptr};
}

ConstStored advanced(const ConstStored& p, std::int64_t offset) {
  return advanced(only_read(p), offset);
}

void store(const float* from, const Stored& to, std::int64_t count) {
  const KernelTable& table = kernel_table();
  parallel_pieces(0, count, grain, [&](std::int64_t begin, std::int64_t end) {
    table.store(const_cast<float*>(from) + begin, advanced(to, begin), end - begin);
  });
}

void load(const ConstStored& from, float* to, std::int64_t count) {
  const KernelTable& table = kernel_table();
  parallel_pieces(0, count, grain, [&](std::int64_t begin, std::int64_t end) {
    table.load(advanced(only_read(from), begin), to + begin, end - begin);
  });
}

}  // namespace trainbus::kernels
