// LibTorch's PrivateUse1 key: operations without a kernel here are forwarded, boxed, to the CPU's
// kernels, which use the same memory.
#include "support/strict_device.hpp"

#include <ATen/EmptyTensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/_reshape_alias_native.h>
#include <ATen/ops/as_strided_native.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/view_native.h>
#include <c10/core/CPUAllocator.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace trainbus::testing {
namespace {

constexpr c10::DeviceType type = c10::DeviceType::PrivateUse1;
const c10::DispatchKeySet keys(c10::DispatchKey::PrivateUse1);

bool waiting_is_refused = false, lenient = false;

struct Memory final : c10::Allocator {
  c10::DataPtr allocate(std::size_t bytes) override {
    c10::DataPtr here = c10::GetDefaultCPUAllocator()->allocate(bytes);
    return {here.get(), here.release_context(), c10::GetDefaultCPUAllocator()->raw_deleter(),
            strict_device()};
  }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }
};
Memory memory;
REGISTER_ALLOCATOR(type, &memory)
C10_REGISTER_GUARD_IMPL(PrivateUse1, c10::impl::NoOpDeviceGuardImpl<type>)

bool is_there(const at::Tensor& x) { return x.defined() && x.device().type() == type; }

// The same numbers as a tensor of the CPU's.
at::Tensor here(const at::Tensor& x) {
  if (!is_there(x)) return x;
  const at::TensorOptions options = at::TensorOptions().dtype(x.scalar_type());
  if (x.numel() == 0) return at::empty(x.sizes(), options);
  return at::from_blob(x.data_ptr(), x.sizes(), x.strides(), options);
}

at::Tensor empty(c10::IntArrayRef size, std::optional<at::ScalarType> scalar,
                 std::optional<at::Layout>, std::optional<at::Device>, std::optional<bool>,
                 std::optional<at::MemoryFormat> format) {
  return at::detail::empty_generic(size, &memory, keys, scalar.value_or(at::kFloat), format);
}

at::Tensor empty_strided(c10::IntArrayRef size, c10::IntArrayRef stride,
                         std::optional<at::ScalarType> scalar, std::optional<at::Layout>,
                         std::optional<at::Device>, std::optional<bool>) {
  return at::detail::empty_strided_generic(size, stride, &memory, keys,
                                           scalar.value_or(at::kFloat));
}

at::Tensor as_strided(const at::Tensor& x, c10::IntArrayRef size, c10::IntArrayRef stride,
                      std::optional<std::int64_t> offset) {
  return at::native::as_strided_tensorimpl(x, size, stride, offset);
}

at::Tensor copy_from(const at::Tensor& from, const at::Tensor& to, bool) {
  TORCH_CHECK(lenient || !waiting_is_refused || (is_there(from) && is_there(to)),
              "a copy between host and device in work that must not wait");
  here(to).copy_(here(from));
  return to;
}

// A tensor of the CPU's on the device.
at::Tensor there(const at::Tensor& x) {
  if (!x.defined() || is_there(x)) return x;
  at::Tensor made = at::empty_like(x, x.options().device(strict_device()));
  here(made).copy_(x);
  return made;
}

// An argument that an operation writes to, and what the CPU's kernel saw of it.
struct Written {
  at::Tensor original, seen;
};

// The kernel gave its result another shape than the tensor had that it was to be written to.
void follow_resizing(const Written& w) {
  if (w.seen.sizes() == w.original.sizes()) return;
  const at::Tensor fresh = there(w.seen);
  at::TensorImpl* const impl = w.original.unsafeGetTensorImpl();
  impl->set_storage_keep_dtype(fresh.storage());
  impl->set_sizes_and_strides(fresh.sizes(), fresh.strides());
}

class Call {
 public:
  Call(const c10::OperatorHandle& op, torch::jit::Stack* stack) : op_(op), stack_(stack) {}

  void run() {
    const auto& schema = op_.schema();
    const std::size_t count = schema.arguments().size(), begin = stack_->size() - count;
    for (std::size_t i = 0; i < count; ++i) {
      const c10::AliasInfo* alias = schema.arguments()[i].alias_info();
      to_host((*stack_)[begin + i], alias && alias->isWrite());
    }
    check();
    op_.redispatchBoxed(c10::DispatchKeySet(c10::DispatchKey::CPU), stack_);
    for (const Written& w : written_) follow_resizing(w);
    for (std::size_t i = stack_->size() - schema.returns().size(); i < stack_->size(); ++i)
      to_device((*stack_)[i]);
  }

 private:
  at::Tensor look_at(const at::Tensor& x, bool is_written) {
    if (!x.defined()) return x;
    if (!is_there(x)) {
      // A number that goes along with a kernel's arguments may come from the host.
      if (x.dim() > 0) on_host_ = true;
      return x;
    }
    at::Tensor seen = here(x);
    if (is_written) written_.push_back({x, seen});
    return seen;
  }
  void to_host(c10::IValue& value, bool is_written) {
    if (value.isTensor()) {
      value = look_at(value.toTensor(), is_written);
    } else if (value.isTensorList()) {
      std::vector<at::Tensor> seen;
      for (const at::Tensor& x : value.toTensorVector()) seen.push_back(look_at(x, is_written));
      value = seen;
    } else if (value.isOptionalTensorList()) {
      c10::List<std::optional<at::Tensor>> seen;
      for (const std::optional<at::Tensor>& x : value.toOptionalTensorVector())
        seen.push_back(x ? std::optional(look_at(*x, is_written)) : std::nullopt);
      value = seen;
    }
  }
  void to_device(c10::IValue& value) const {
    if (value.isTensor()) {
      value = result(value.toTensor());
    } else if (value.isTensorList()) {
      std::vector<at::Tensor> made;
      for (const at::Tensor& x : value.toTensorVector()) made.push_back(result(x));
      value = made;
    }
  }
  at::Tensor result(const at::Tensor& x) const {
    for (const Written& w : written_)
      if (x.is_same(w.seen)) return w.original;
    return there(x);
  }
  void check() const {
    if (lenient) return;
    const std::string& name = op_.schema().name();
    TORCH_CHECK(!on_host_, name, ": tensors on the CPU and on the device, expected one device");
    TORCH_CHECK(!waiting_is_refused || name != "aten::_local_scalar_dense",
                "a number of the device's is read in work that must not wait");
  }

  const c10::OperatorHandle& op_;
  torch::jit::Stack* const stack_;
  std::vector<Written> written_;
  bool on_host_ = false;
};

void by_the_cpu(const c10::OperatorHandle& op, torch::jit::Stack* stack) { Call(op, stack).run(); }

}  // namespace

c10::Device strict_device() { return {type, 0}; }

NoWaiting::NoWaiting() : before_(std::exchange(waiting_is_refused, true)) {}
NoWaiting::~NoWaiting() { waiting_is_refused = before_; }
Lenient::Lenient() : before_(std::exchange(lenient, true)) {}
Lenient::~Lenient() { lenient = before_; }

TORCH_LIBRARY_IMPL(_, PrivateUse1, library) {
  library.fallback(torch::CppFunction::makeFromBoxedFunction<&by_the_cpu>());
}

TORCH_LIBRARY_IMPL(aten, PrivateUse1, library) {
  library.impl("empty.memory_format", &empty);
  library.impl("empty_strided", &empty_strided);
  library.impl("as_strided", &as_strided);
  library.impl("view", &at::native::view);
  library.impl("_reshape_alias", &at::native::_reshape_alias);
  library.impl("_copy_from", &copy_from);
  // Otherwise it asks the device for kernels of its own.
  library.impl("scaled_dot_product_attention",
               torch::CppFunction::makeFromBoxedFunction<&by_the_cpu>());
}

}  // namespace trainbus::testing
