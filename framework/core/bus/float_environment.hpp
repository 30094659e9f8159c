// The calling thread's floating-point environment: rounding, denormals, exception masks and flags.
#pragma once

#include <cfenv>
#include <cstdint>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif

namespace trainbus {

// Captured once, then compared and restored many times. On x86-64 a comparison reads three
// registers (a few nanoseconds), where fesetenv alone would cost more than a typical observer.
class FloatEnvironment {
 public:
  FloatEnvironment() {
    std::fegetenv(&all_);
#if defined(__x86_64__)
    now_ = registers();
#endif
  }

  // Restores what differs. Returns whether a setting differed that changes results: rounding,
  // denormals or traps. Exception flags are restored silently.
  bool restore() const {
#if defined(__x86_64__)
    const Registers found = registers();
    if (found.x87_control != now_.x87_control || found.x87_status != now_.x87_status)
      std::fesetenv(&all_);
    else if (found.mxcsr != now_.mxcsr)
      _mm_setcsr(now_.mxcsr);
    return found.x87_control != now_.x87_control ||
           ((found.mxcsr ^ now_.mxcsr) & ~mxcsr_flags) != 0;
#else
    const int rounding = std::fegetround();
    std::fesetenv(&all_);
    return rounding != std::fegetround();
#endif
  }

 private:
  std::fenv_t all_;
#if defined(__x86_64__)
  static constexpr std::uint32_t mxcsr_flags = 0x3f;
  struct Registers {
    std::uint32_t mxcsr;
    std::uint16_t x87_control, x87_status;
  };
  static Registers registers() {
    Registers r;
    r.mxcsr = _mm_getcsr();
    __asm__ volatile("fnstcw %0" : "=m"(r.x87_control));
    __asm__ volatile("fnstsw %0" : "=m"(r.x87_status));
    return r;
  }
  Registers now_;
#endif
};

}  // namespace trainbus
