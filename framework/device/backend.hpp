// A kind of device as MeZO's steps need it: memory, an order of work that nobody waits for, and the
// passes over parameters.
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/export.hpp"
#include "device/device_parameters.hpp"
#include "device/passes.hpp"
#include "kernels/direction.hpp"

namespace trainbus::device {

// Work that was recorded once and runs as one.
class TRAINBUS_EXPORT Work {
 public:
  virtual ~Work();
};

// A place in the order of work.
class TRAINBUS_EXPORT Mark {
 public:
  virtual ~Mark();
};

// What was asked of a backend, for those who count.
struct Counts {
  std::uint64_t runs = 0, recordings = 0, copies = 0, waits = 0;
};

// One thread. What is enqueued is done in that order. Throws RunError with what the device said.
class TRAINBUS_EXPORT Backend {
 public:
  virtual ~Backend();

  virtual at::Device device() const = 0;
  virtual std::string description() const = 0;  // for people: "NVIDIA H100 80GB HBM3, 79 GiB"
  // The parameters outlive the passes.
  virtual std::unique_ptr<Passes> passes(DeviceParameters& parameters,
                                         kernels::Distribution distribution) = 0;

  // Host memory, bytes, aligned to 64, from and to which copies need no waiting.
  virtual at::Tensor staging(std::int64_t bytes) = 0;
  // Bytes; one of the two is staging memory. Enqueued: neither may be written before it is done.
  void copy(at::Tensor to, const at::Tensor& from) {
    ++counts_.copies;
    enqueue_copy(std::move(to), from);
  }
  // warm_up: parts of the work that change nothing, to be done before, so that what it allocates or
  // initialises is there. Recording does none of the work. All tensors that the work makes live as
  // long as the recording.
  std::unique_ptr<Work> record(const std::function<void()>& warm_up,
                               const std::function<void()>& work) {
    ++counts_.recordings;
    return make_recording(warm_up, work);
  }
  void run(Work& work) {
    ++counts_.runs;
    enqueue(work);
  }
  // After all that was enqueued.
  virtual std::unique_ptr<Mark> mark() = 0;
  virtual bool reached(const Mark& mark) = 0;
  // Until what stands before the mark is done.
  void wait(const Mark& mark) {
    if (reached(mark)) return;
    ++counts_.waits;
    wait_for(mark);
  }

  const Counts& counts() const { return counts_; }

 private:
  virtual void enqueue_copy(at::Tensor to, const at::Tensor& from) = 0;
  virtual std::unique_ptr<Work> make_recording(const std::function<void()>& warm_up,
                                               const std::function<void()>& work) = 0;
  virtual void enqueue(Work& work) = 0;
  virtual void wait_for(const Mark& mark) = 0;

  Counts counts_;
};

}  // namespace trainbus::device
