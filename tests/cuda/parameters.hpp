// Tensors on the CPU with a copy on the GPU, and conversions between the two sides' types.
#pragma once

#include <deque>
#include <memory>

#include "cuda/device.hpp"
#include "cuda/passes.hpp"
#include "kernels/perturb.hpp"
#include "kernels/storage_reference.hpp"
#include "kernels/update.hpp"

namespace trainbus::cuda::testing {

using kernels::Format;
using Kind = kernels::Distribution;

inline const std::vector<Format> all_formats(std::begin(kernels::testing::formats),
                                             std::end(kernels::testing::formats));
inline constexpr Kind kinds[] = {Kind::Rademacher, Kind::Gaussian, Kind::Binomial};

inline Distribution on_gpu(Kind kind) {
  return kind == Kind::Rademacher ? Distribution::Rademacher
         : kind == Kind::Gaussian ? Distribution::Gaussian
                                  : Distribution::Binomial;
}

inline Term on_gpu(const kernels::Term& term) {
  const kernels::Direction& d = term.direction;
  return {d.seed, d.step, d.direction, 0, term.coefficient, 0};
}

// A tensor of one format in both memories, `offset` elements from where memory is aligned.
class Twin {
 public:
  Twin(std::uint16_t id, std::int64_t rows, std::int64_t columns, Format format,
       const std::vector<float>& values, std::size_t offset = 0)
      : id_(id), rows_(rows), columns_(columns), format_(format), offset_(offset) {
    const std::size_t count = values.size();
    bytes_.resize(count * (format == Format::Float32 ? 4 : 2));
    residuals_.resize(count * static_cast<std::size_t>(kernels::residual_bytes(format)));
    kernels::store(values.data(), stored(), static_cast<std::int64_t>(count));
    device_ = std::make_unique<DeviceVector<std::uint8_t>>(bytes_.size() + 64);
    device_residuals_ = std::make_unique<DeviceVector<std::int8_t>>(residuals_.size() + 16);
    out_ = std::make_unique<DeviceVector<std::uint8_t>>(4 * count + 64);
    upload();
  }

  kernels::Stored stored() { return {format_, bytes_.data(), residuals_.data()}; }
  kernels::Shape shape() const {
    return rows_ == 0 ? kernels::Shape::vector(columns_) : kernels::Shape::matrix(rows_, columns_);
  }
  std::uint16_t id() const { return id_; }
  std::size_t count() const { return bytes_.size() / (format_ == Format::Float32 ? 4 : 2); }
  Format format() const { return format_; }

  Tensor tensor(Format out_format = Format::Float32) const {
    const std::size_t width = format_ == Format::Float32 ? 4 : 2;
    return {id_,
            rows_,
            columns_,
            format_,
            device_->data() + offset_ * width,
            device_residuals_->data(),
            out_->data(),
            out_format};
  }
  // Of the bytes of both arrays in GPU memory, whether they are the CPU's.
  bool agrees() const {
    const std::size_t width = format_ == Format::Float32 ? 4 : 2;
    const std::vector<std::uint8_t> bytes = device_->read();
    if (!std::equal(bytes_.begin(), bytes_.end(), bytes.begin() + offset_ * width)) return false;
    const std::vector<std::int8_t> residuals = device_residuals_->read();
    return std::equal(residuals_.begin(), residuals_.end(), residuals.begin());
  }
  template <class T>
  std::vector<T> out() const {
    const std::vector<std::uint8_t> bytes = out_->read();
    std::vector<T> values(count());
    std::copy_n(bytes.data(), values.size() * sizeof(T),
                reinterpret_cast<std::uint8_t*>(values.data()));
    return values;
  }

 private:
  void upload() {
    std::vector<std::uint8_t> bytes(bytes_.size() + 64);
    std::copy(bytes_.begin(), bytes_.end(),
              bytes.begin() +
                  static_cast<std::ptrdiff_t>(offset_ * (format_ == Format::Float32 ? 4 : 2)));
    device_->assign(bytes);
    device_residuals_->assign(residuals_);
  }

  std::uint16_t id_;
  std::int64_t rows_, columns_;
  Format format_;
  std::size_t offset_;
  std::vector<std::uint8_t> bytes_;
  std::vector<std::int8_t> residuals_;
  std::unique_ptr<DeviceVector<std::uint8_t>> device_, out_;
  std::unique_ptr<DeviceVector<std::int8_t>> device_residuals_;
};

// A model: tensors around all borders, of one format or of all in turn.
class Model {
 public:
  explicit Model(const std::vector<Format>& formats, std::size_t offset = 0) {
    const std::pair<std::int64_t, std::int64_t> shapes[] = {
        {0, 1},    {0, 127},  {0, 129},  {0, 5000},  {1, 1},    {3, 8},
        {15, 255}, {16, 256}, {17, 257}, {33, 264},  {0, 4096}, {192, 576},
        {40, 768}, {0, 0},    {5, 2056}, {64, 1024}, {0, 768},  {7, 4104}};
    std::uint16_t id = 40;
    for (const auto& [rows, columns] : shapes) {
      std::vector<float> values =
          kernels::testing::numbers(std::max<std::int64_t>(rows, 1) * columns, id, 0.03f);
      if (values.size() > 100) {
        values[7] = -0.0f;
        values[90] = 1e-40f;
        values[99] = 3e38f;
      }
      twins_.emplace_back(id, rows, columns, formats[id % formats.size()], values, offset);
      ++id;
    }
  }
  std::deque<Twin>& twins() { return twins_; }
  const std::deque<Twin>& twins() const { return twins_; }

  // The table on the device; perturb writes the tensors' own format, or float32.
  const Table& table(bool widened = true) {
    std::vector<Tensor> tensors;
    for (const Twin& twin : twins_) {
      const Format own =
          kernels::residual_bytes(twin.format()) > 0 ? Format::BFloat16 : twin.format();
      tensors.push_back(twin.tensor(widened ? Format::Float32 : own));
    }
    table_ = lay_out(tensors);
    entries_ = std::make_unique<DeviceVector<TableEntry>>(table_.host_entries);
    table_.entries = entries_->data();
    return table_;
  }

 private:
  std::deque<Twin> twins_;
  Table table_;
  std::unique_ptr<DeviceVector<TableEntry>> entries_;
};

inline kernels::Term update_term(Kind kind, std::uint32_t step, std::uint16_t direction,
                                 float coefficient) {
  return {{0x0123456789abcdefull, step, direction, kind}, coefficient};
}

inline void check(const Model& model) {
  for (const Twin& twin : model.twins())
    BOOST_TEST(twin.agrees(), "tensor " << twin.id() << ", " << twin.format() << ", "
                                        << twin.shape().rows() << " by " << twin.shape().columns());
}

// Steps of updates on both sides.
struct Steps {
  std::vector<std::vector<kernels::Term>> terms;
  std::vector<float> decays;

  void on_cpu(Model& model) const {
    std::vector<kernels::UpdateStep> steps;
    for (std::size_t s = 0; s < terms.size(); ++s) steps.push_back({terms[s], decays[s]});
    for (Twin& twin : model.twins()) kernels::replay(twin.stored(), twin.shape(), twin.id(), steps);
  }
  void on_gpu(Model& model, Distribution distribution) const {
    std::vector<Term> all;
    std::vector<UpdateStep> steps;
    for (std::size_t s = 0; s < terms.size(); ++s) {
      steps.push_back({static_cast<std::int32_t>(all.size()),
                       static_cast<std::int32_t>(terms[s].size()), decays[s]});
      for (const kernels::Term& term : terms[s]) all.push_back(testing::on_gpu(term));
    }
    all.push_back({});  // so that no memory is empty
    const DeviceVector<Term> device_terms(all);
    const DeviceVector<UpdateStep> device_steps(steps);
    succeed(update(model.table(),
                   {distribution, device_steps.data(), static_cast<std::int32_t>(steps.size()),
                    device_terms.data(), static_cast<std::int32_t>(all.size() - 1)},
                   nullptr));
    succeed(cudaDeviceSynchronize());
  }
};

}  // namespace trainbus::cuda::testing
