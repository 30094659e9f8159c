#include "cuda/parameter_table.hpp"

namespace trainbus::cuda {
namespace {

std::int64_t pieces(std::int64_t size, std::int64_t piece) { return (size + piece - 1) / piece; }

bool at_16_bytes(const void* pointer) {
  return reinterpret_cast<std::uintptr_t>(pointer) % 16 == 0;
}

bool is_aligned(const Tensor& t) {
  return t.columns % 8 == 0 && at_16_bytes(t.values) && at_16_bytes(t.residuals) &&
         at_16_bytes(t.out);
}

}  // namespace

Table lay_out(const std::vector<Tensor>& tensors) {
  Table table;
  table.count = static_cast<std::int32_t>(tensors.size());
  for (const Tensor& t : tensors) {
    table.host_entries.push_back({t, table.tiles, table.runs, is_aligned(t)});
    const bool vector = t.rows == 0;
    const std::int64_t runs = pieces((vector ? 1 : t.rows) * t.columns, 4096);
    table.tiles += vector ? runs : pieces(t.rows, 16) * pieces(t.columns, 256);
    table.runs += runs;
  }
  return table;
}

}  // namespace trainbus::cuda
