#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace trainbus::testing {

/// A file descriptor and its end.
class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor();
  int get() const { return fd_; }

 private:
  int fd_;
};

/// A network namespace of its own. Its only way out is a TUN device: what its processes send
/// arrives in `tun` as IPv4 packets, what is written there arrives at them. It has no name: a
/// process enters it by /proc/PID/fd/FD of the process that holds it (nsenter --net=…), and it is
/// gone when nobody is in it and nobody holds it. Needs CAP_SYS_ADMIN and CAP_NET_ADMIN. For
/// programs with one thread.
class NetNamespace {
 public:
  /// address: of the device, "10.78.0.1"; its network are the 24 first bits.
  /// Throws std::system_error naming the call that failed; the thread is then where it was before.
  explicit NetNamespace(const std::string& address);

  int fd() const { return namespace_.get(); }
  int tun() const { return tun_.get(); }  ///< non-blocking; one packet a read or write

 private:
  explicit NetNamespace(std::pair<Descriptor, Descriptor> parts);

  Descriptor namespace_, tun_;
};

/// Kills (SIGKILL) every process that is in one of them, but for the caller.
void kill_processes_in(std::span<const NetNamespace> namespaces);

inline constexpr std::size_t largest_packet = 60000;  ///< bytes; the devices' MTU

}  // namespace trainbus::testing
