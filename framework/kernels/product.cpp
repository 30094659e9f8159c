#include "kernels/product.hpp"

#include <omp.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>

#include "core/io/error.hpp"
#include "kernels/simd/kernel_table.hpp"

namespace trainbus::kernels {
namespace {

// A block of a panel fits the first-level cache while tokens are multiplied by it; slices, and the
// tokens' outputs for a slice, fit the second. Chosen by measurement on 48 KiB and 1.25 MiB.
constexpr std::int64_t depth_block = 192;
constexpr std::int64_t token_block = 96;
constexpr std::int64_t slice_floats = 64 * 1024;
constexpr std::int64_t page_bytes = 4096;
constexpr std::int64_t huge_page_bytes = 2 << 20;
constexpr std::int64_t most_sides = 2;

struct Free {
  void operator()(float* p) const { std::free(p); }
};

alignas(64) constexpr float zeros[widest_panel] = {};

std::int64_t blocks(std::int64_t count, std::int64_t size) { return (count + size - 1) / size; }

// Memory for the slices of all threads that a calling thread starts, in huge pages if the system
// grants them; kept for the next product.
float* slice_memory(std::int64_t floats) {
  thread_local std::unique_ptr<float, Free> memory;
  thread_local std::int64_t size = 0;
  if (size < floats) {
    memory.reset();
    size = 0;
    const auto bytes =
        static_cast<std::size_t>(blocks(floats * 4, huge_page_bytes) * huge_page_bytes);
    memory.reset(static_cast<float*>(std::aligned_alloc(huge_page_bytes, bytes)));
    if (!memory) throw std::bad_alloc();
    ::madvise(memory.get(), bytes, MADV_HUGEPAGE);
    size = floats;
  }
  return memory.get();
}

// Divides memory that is to be prefetched among tasks, in equal shares.
class Fetch {
 public:
  Fetch(const MatrixRows::Memory& memory, std::int64_t tasks)
      : next_(static_cast<const char*>(memory.begin)),
        left_((memory.bytes + line_bytes - 1) / line_bytes),
        share_(blocks(left_, tasks)) {}
  void share(PanelTask& task) {
    task.upcoming = next_;
    task.upcoming_lines = std::min(share_, left_);
    next_ += task.upcoming_lines * line_bytes;
    left_ -= task.upcoming_lines;
  }

 private:
  static constexpr std::int64_t line_bytes = 64;
  const char* next_;
  std::int64_t left_, share_;
};

struct Product {
  const KernelTable& table;
  const ProductShape& shape;
  const float* x;
  const MatrixRows& w;
  const float* bias;
  bool accumulate;
  float* y;
  std::int64_t panels_per_slice;

  std::int64_t slice_rows() const { return panels_per_slice * table.panel_width; }
  std::int64_t panel_floats() const { return table.panel_width * shape.inputs; }
  std::int64_t side_floats() const { return panels_per_slice * panel_floats(); }
  // The panels of all sides, then the rows that one panel of each is made from; whole pages.
  std::int64_t memory_floats() const {
    const std::int64_t floats = shape.sides * (side_floats() + panel_floats());
    return (floats + page_bytes / 4 - 1) / (page_bytes / 4) * (page_bytes / 4);
  }

  std::int64_t slices() const { return (shape.outputs + slice_rows() - 1) / slice_rows(); }
  std::int64_t first_row(std::int64_t slice) const {
    return std::min(shape.outputs, slice * slice_rows());
  }

  // Threads take slices in order, one ahead, so that its rows are prefetched while the slice before
  // is multiplied.
  void run(std::atomic<std::int64_t>& next, float* memory) const {
    for (std::int64_t now = next++, then; now < slices(); now = then) {
      then = next++;
      MatrixRows::Memory upcoming;
      if (then < slices()) upcoming = w.source(first_row(then), first_row(then + 1));
      slice(first_row(now), first_row(now + 1), upcoming, memory);
    }
  }

  void slice(std::int64_t begin, std::int64_t end, const MatrixRows::Memory& upcoming,
             float* memory) const {
    if (shape.tokens <= table.few_tokens) return few_tokens_slice(begin, end, upcoming, memory);
    float* scratch = memory + shape.sides * side_floats();
    for (std::int64_t n = begin; n < end; n += table.panel_width) {
      float* panel[most_sides];
      for (std::int64_t s = 0; s < shape.sides; ++s)
        panel[s] = memory + s * side_floats() + (n - begin) * shape.inputs;
      const float* rows[most_sides];
      const std::int64_t count = std::min(end - n, table.panel_width);
      if (w.panels(n, n + count, panel)) continue;
      w.rows(n, n + count, scratch, rows);
      for (std::int64_t s = 0; s < shape.sides; ++s)
        table.pack_panel(rows[s], count, shape.inputs, panel[s]);
    }
    Fetch fetch(upcoming, shape.sides * blocks(shape.tokens, token_block) *
                              blocks(shape.inputs, depth_block) *
                              blocks(end - begin, table.panel_width));
    for (std::int64_t s = 0; s < shape.sides; ++s)
      for (std::int64_t token = 0; token < shape.tokens; token += token_block)
        multiply(s, begin, end, token, memory + s * side_floats(), fetch);
  }

  // Panel by panel, without packing where the rows can be multiplied as they lie.
  void few_tokens_slice(std::int64_t begin, std::int64_t end, const MatrixRows::Memory& upcoming,
                        float* memory) const {
    float* const scratch = memory + shape.sides * side_floats();
    for (std::int64_t n = begin; n < end; n += table.panel_width) {
      const std::int64_t next = std::min(n + table.panel_width, end);
      const bool whole = next - n == table.panel_width;
      const MatrixRows::Memory here = w.is_source() ? w.source(n, next) : MatrixRows::Memory{};
      if (whole && here.begin && !(here.bfloat16 && shape.inputs % 2 != 0)) {
        const auto* from = static_cast<const char*>(here.begin);
        const void* then = next < end ? from + here.bytes : upcoming.begin;
        few_tokens(0, n, from, here.bfloat16, then ? then : from);
        continue;
      }
      float* panel[most_sides];
      for (std::int64_t s = 0; s < shape.sides; ++s) panel[s] = memory + s * side_floats();
      const float* rows[most_sides];
      const bool packed = w.panels(n, next, panel);
      if (!packed) w.rows(n, next, scratch, rows);
      Fetch none({}, 1);
      for (std::int64_t s = 0; s < shape.sides; ++s) {
        if (!packed && whole) {
          few_tokens(s, n, rows[s], false, rows[s]);
          continue;
        }
        if (!packed) table.pack_panel(rows[s], next - n, shape.inputs, panel[s]);
        multiply(s, n, next, 0, panel[s], none);
      }
    }
  }

  void few_tokens(std::int64_t side, std::int64_t n, const void* rows, bool bfloat16,
                  const void* upcoming) const {
    float* const to = y + side * shape.tokens * shape.outputs + n;
    table.multiply_few_tokens({x + side * shape.tokens * shape.inputs, shape.inputs, shape.tokens,
                               rows, bfloat16, shape.inputs, accumulate ? to : zeros,
                               accumulate ? shape.outputs : 0,
                               bias ? bias + side * shape.outputs + n : nullptr, to, shape.outputs,
                               static_cast<const char*>(upcoming)});
  }

  // One block of tokens by the columns of one slice, the depth block by block.
  void multiply(std::int64_t side, std::int64_t begin, std::int64_t end, std::int64_t token,
                const float* panels, Fetch& fetch) const {
    const float* from = x + (side * shape.tokens + token) * shape.inputs;
    float* to = y + (side * shape.tokens + token) * shape.outputs;
    PanelTask task;
    task.x_stride = shape.inputs;
    task.y_stride = shape.outputs;
    task.tokens = std::min(token_block, shape.tokens - token);
    for (std::int64_t k = 0; k < shape.inputs; k += depth_block) {
      task.x = from + k;
      task.depth = std::min(depth_block, shape.inputs - k);
      const bool add = accumulate || k > 0, last = k + task.depth == shape.inputs;
      for (std::int64_t n = begin; n < end; n += table.panel_width) {
        task.panel = panels + (n - begin) * shape.inputs + k * table.panel_width;
        task.columns = std::min(end - n, table.panel_width);
        task.y = to + n;
        task.start = add ? task.y : zeros;
        task.start_stride = add ? shape.outputs : 0;
        task.bias = bias && last ? bias + side * shape.outputs + n : nullptr;
        fetch.share(task);
        table.multiply_panel(task);
      }
    }
  }
};

}  // namespace

MatrixRows::~MatrixRows() = default;

bool MatrixRows::panels(std::int64_t, std::int64_t, float* const*) const { return false; }

MatrixRows::Memory MatrixRows::source(std::int64_t, std::int64_t) const { return {}; }

void product(const ProductShape& shape, const float* x, const MatrixRows& w, const float* bias,
             bool accumulate, float* y) {
  if (shape.sides < 1 || shape.sides > most_sides)
    throw RunError("a matrix product of " + std::to_string(shape.sides) + " sides, expected 1 or " +
                       std::to_string(most_sides),
                   "kernels", "Multiply side by side.");
  if (shape.tokens == 0 || shape.outputs == 0) return;
  const KernelTable& table = kernel_table();
  const std::int64_t panel = std::max<std::int64_t>(1, table.panel_width * shape.inputs);
  const std::int64_t panels = std::max<std::int64_t>(1, slice_floats / (shape.sides * panel));
  const Product work{table, shape, x, w, bias, accumulate, y, panels};
  const std::int64_t floats = work.memory_floats();
  float* memory = slice_memory(omp_get_max_threads() * floats);
  std::atomic<std::int64_t> next = 0;
#pragma omp parallel if (work.slices() > 1)
  work.run(next, memory + omp_get_thread_num() * floats);
}

}  // namespace trainbus::kernels
