#include "engine/ranks/parameter_check.hpp"

#include <algorithm>

#include "core/io/crc32c.hpp"

namespace trainbus::ranks {
namespace {

template <class Use>
void for_each_block(const Parameters& parameters, const Use& use) {
  for (const Parameter& parameter : parameters) {
    if (!parameter.trainable) continue;
    for (const at::Tensor* tensor : {&parameter.value, &parameter.residual})
      if (tensor->defined())
        use(static_cast<const char*>(tensor->const_data_ptr()),
            static_cast<std::int64_t>(tensor->nbytes()));
  }
}

}  // namespace

std::uint64_t check_of(const Parameters& parameters, std::uint64_t turn) {
  std::int64_t total = 0;
  for_each_block(parameters, [&](const char*, std::int64_t bytes) { total += bytes; });
  const std::int64_t parts = std::max<std::int64_t>((total + part_bytes - 1) / part_bytes, 1);
  const std::int64_t first =
      static_cast<std::int64_t>(turn % static_cast<std::uint64_t>(parts)) * part_bytes;
  const std::int64_t last = std::min(first + part_bytes, total);
  std::uint32_t crc = 0;
  std::int64_t at = 0;
  for_each_block(parameters, [&](const char* bytes, std::int64_t size) {
    const std::int64_t begin = std::max(first - at, std::int64_t{0}),
                       end = std::min(last - at, size);
    if (begin < end) crc = crc32c(crc, {bytes + begin, static_cast<std::size_t>(end - begin)});
    at += size;
  });
  return (turn << 32) | crc;
}

}  // namespace trainbus::ranks
