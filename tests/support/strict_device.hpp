// A LibTorch device in host memory: the CPU does its work, but operations that a GPU would refuse
// or wait for are refused.
#pragma once

#include <c10/core/Device.h>

namespace trainbus::testing {

// Its device. Operations that mix its tensors with tensors on the CPU throw c10::Error, as on a
// GPU. Tensors' memory can be read by pointers at any time. One thread.
c10::Device strict_device();

// While it exists, operations that make the host wait for the device throw c10::Error: copies
// between the two, and reading numbers.
class NoWaiting {
 public:
  NoWaiting();
  ~NoWaiting();
  NoWaiting(const NoWaiting&) = delete;
  NoWaiting& operator=(const NoWaiting&) = delete;

 private:
  bool before_;
};

// While it exists nothing is refused: for code that simulates the device.
class Lenient {
 public:
  Lenient();
  ~Lenient();
  Lenient(const Lenient&) = delete;
  Lenient& operator=(const Lenient&) = delete;

 private:
  bool before_;
};

}  // namespace trainbus::testing
