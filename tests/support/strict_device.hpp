// A device of LibTorch's whose memory is this machine's: the CPU does its work, but what a GPU
// would refuse, or would have to wait for, is refused here too.
#pragma once

#include <c10/core/Device.h>

namespace trainbus::testing {

// Its device. Operations that mix its tensors with tensors on the CPU throw c10::Error, as on a
// GPU. Tensors' memory can be read by pointers at any time. One thread.
c10::Device strict_device();

// Until its end, what makes a host wait for a device throws c10::Error: copies between the two, and
// numbers that are read.
class NoWaiting {
 public:
  NoWaiting();
  ~NoWaiting();
  NoWaiting(const NoWaiting&) = delete;
  NoWaiting& operator=(const NoWaiting&) = delete;

 private:
  bool before_;
};

// Until its end nothing is refused: for those who play the device.
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
