// What MeZO's steps need of a kind of device: memory, a queue of work, and the passes over
// parameters.
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

// Work that was recorded once and is run as a whole, such as a CUDA graph.
class TRAINBUS_EXPORT Work {
 public:
  virtual ~Work();
};

// A point in the queue of work.
class TRAINBUS_EXPORT Mark {
 public:
  virtual ~Mark();
};

// How often each function of a backend was called, for tests and benchmarks.
struct Counts {
  std::uint64_t runs = 0, recordings = 0, copies = 0, waits = 0;
};

// One thread. Enqueued work is done in order. Throws RunError with the device's message.
class TRAINBUS_EXPORT Backend {
 public:
  virtual ~Backend();

  virtual at::Device device() const = 0;
  virtual std::string description() const = 0;  // for people: "NVIDIA H100 80GB HBM3, 79 GiB"
  // The parameters must outlive the passes.
  virtual std::unique_ptr<Passes> passes(DeviceParameters& parameters,
                                         kernels::Distribution distribution) = 0;

  // Host memory, in bytes, aligned to 64, that copies can use without waiting.
  virtual at::Tensor staging(std::int64_t bytes) = 0;
  // Enqueues a copy of bytes; one of the two is staging memory. Neither may be written before the
  // copy is done.
  void copy(at::Tensor to, const at::Tensor& from) {
    ++counts_.copies;
    enqueue_copy(std::move(to), from);
  }
  // Records work without doing it. warm_up: parts of the work that change nothing, done before the
  // recording so that everything is allocated and initialised. All tensors that the work makes live
  // as long as the recording.
  std::unique_ptr<Work> record(const std::function<void()>& warm_up,
                               const std::function<void()>& work) {
    ++counts_.recordings;
    return make_recording(warm_up, work);
  }
  void run(Work& work) {
    ++counts_.runs;
    enqueue(work);
  }
  // Marks the end of the work enqueued so far.
  virtual std::unique_ptr<Mark> mark() = 0;
  virtual bool reached(const Mark& mark) = 0;
  // Waits until the work before the mark is done.
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
