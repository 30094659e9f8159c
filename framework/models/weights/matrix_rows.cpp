#include "models/weights/matrix_rows.hpp"

#include <algorithm>

namespace trainbus {

std::int64_t StackedMatrices::rows() const {
  std::int64_t rows = 0;
  for (ParameterId id : ids_) rows += parameters_[id].value.size(0);
  return rows;
}

template <class Each>
void StackedMatrices::for_parts(std::int64_t begin, std::int64_t end, const Each& each) const {
  std::int64_t first = 0;  // row of the stack that the matrix begins at
  for (ParameterId id : ids_) {
    const std::int64_t last = first + parameters_[id].value.size(0);
    const std::int64_t from = std::max(begin, first), to = std::min(end, last);
    if (from < to) each(id, from - first, to - first, from - begin);
    first = last;
  }
}

kernels::MatrixRows::Memory StackedMatrices::memory(std::int64_t begin, std::int64_t end) const {
  kernels::MatrixRows::Memory memory;
  for_parts(begin, end, [&](ParameterId id, std::int64_t from, std::int64_t to, std::int64_t) {
    const at::Tensor& value = parameters_[id].value;
    const std::int64_t row_bytes = value.size(1) * static_cast<std::int64_t>(value.element_size());
    if (to - from == end - begin)
      memory = {static_cast<const char*>(value.const_data_ptr()) + from * row_bytes,
                (to - from) * row_bytes, value.scalar_type() == at::kBFloat16};
  });
  return memory;
}

bool PlainRows::is_source() const {
  return matrices_.parameters().format() != kernels::Format::Float16;
}

void PlainRows::rows(std::int64_t begin, std::int64_t end, float* scratch,
                     const float** side) const {
  const std::int64_t columns = matrices_.columns();
  side[0] = scratch;
  matrices_.for_parts(
      begin, end, [&](ParameterId id, std::int64_t from, std::int64_t to, std::int64_t before) {
        const kernels::ConstStored theta = kernels::advanced(
            kernels::forward_part(matrices_.parameters()[id].stored()), from * columns);
        if (theta.format == kernels::Format::Float32 && to - from == end - begin)
          side[0] = static_cast<const float*>(theta.values);
        else  // to be widened, or the end of one matrix and the beginning of the next
          kernels::load(theta, scratch + before * columns, (to - from) * columns);
      });
}

void PerturbedRows::rows(std::int64_t begin, std::int64_t end, float* scratch,
                         const float** side) const {
  side[0] = scratch;
  matrices_.for_parts(begin, end,
                      [&](ParameterId id, std::int64_t from, std::int64_t to, std::int64_t before) {
                        direction_.perturb_range(matrices_.parameters()[id], id, scale_, from, to,
                                                 scratch + before * matrices_.columns());
                      });
}

bool PerturbedRows::panels(std::int64_t begin, std::int64_t end, float* const* side) const {
  bool done = false;
  matrices_.for_parts(
      begin, end, [&](ParameterId id, std::int64_t from, std::int64_t to, std::int64_t) {
        if (to - from == end - begin)
          done =
              direction_.perturb_panel(matrices_.parameters()[id], id, scale_, from, to, side[0]);
      });
  return done;
}

void ScratchRows::rows(std::int64_t begin, std::int64_t end, float*, const float** side) const {
  perturbed_.rows(begin, end, memory_ + begin * matrices_.columns(), side);
}

void BothRows::rows(std::int64_t begin, std::int64_t end, float* scratch,
                    const float** side) const {
  const std::int64_t columns = matrices_.columns();
  float* minus = scratch + (end - begin) * columns;
  side[0] = scratch;
  side[1] = minus;
  matrices_.for_parts(
      begin, end, [&](ParameterId id, std::int64_t from, std::int64_t to, std::int64_t before) {
        direction_.perturb_range_both(matrices_.parameters()[id], id, scale_, from, to,
                                      scratch + before * columns, minus + before * columns);
      });
}

bool BothRows::panels(std::int64_t begin, std::int64_t end, float* const* side) const {
  bool done = false;
  matrices_.for_parts(begin, end,
                      [&](ParameterId id, std::int64_t from, std::int64_t to, std::int64_t) {
                        if (to - from == end - begin)
                          done = direction_.perturb_both_panels(matrices_.parameters()[id], id,
                                                                scale_, from, to, side[0], side[1]);
                      });
  return done;
}

void TensorRows::rows(std::int64_t begin, std::int64_t, float*, const float** side) const {
  const float* first = matrices_.const_data_ptr<float>();
  for (std::int64_t s = 0; s < matrices_.size(0); ++s)
    side[s] = first + (s * matrices_.size(1) + begin) * matrices_.size(2);
}

}  // namespace trainbus
