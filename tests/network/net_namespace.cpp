#include "net_namespace.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <exception>
#include <filesystem>
#include <system_error>

namespace trainbus::testing {
namespace {

constexpr char own_namespace[] = "/proc/self/ns/net";

int checked(int result, const std::string& call) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), call);
  return result;
}

Descriptor opened(const char* path, int flags) {
  return Descriptor(checked(::open(path, flags | O_CLOEXEC), std::string("open ") + path));
}

// The calling thread is in a new namespace for the life of this.
class Visit {
 public:
  Visit() : home_(opened(own_namespace, O_RDONLY)) {
    checked(::unshare(CLONE_NEWNET), "unshare(CLONE_NEWNET)");
  }
  ~Visit() {
    // Nothing of a test may go on in the wrong network.
    if (::setns(home_.get(), CLONE_NEWNET) != 0) std::terminate();
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

 private:
  Descriptor home_;
};

ifreq request_for(const char* device) {
  ifreq request{};
  std::strncpy(request.ifr_name, device, IFNAMSIZ - 1);
  return request;
}

// Settings of the devices in the thread's namespace.
class Devices {
 public:
  Devices() : socket_(checked(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket")) {}

  void set_address(const char* device, unsigned long command, const std::string& address) {
    sockaddr_in value{};
    value.sin_family = AF_INET;
    if (::inet_pton(AF_INET, address.c_str(), &value.sin_addr) != 1) {
      errno = EINVAL;
      checked(-1, "address " + address);
    }
    ifreq request = request_for(device);
    std::memcpy(&request.ifr_addr, &value, sizeof value);
    checked(::ioctl(socket_.get(), command, &request), "ioctl: address " + address);
  }

  void set_number(const char* device, unsigned long command, int value) {
    ifreq request = request_for(device);
    request.ifr_mtu = value;  // one place with ifr_qlen
    checked(::ioctl(socket_.get(), command, &request), "ioctl: size of packet or queue");
  }

  void bring_up(const char* device) {
    ifreq request = request_for(device);
    checked(::ioctl(socket_.get(), SIOCGIFFLAGS, &request), "ioctl SIOCGIFFLAGS");
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    checked(::ioctl(socket_.get(), SIOCSIFFLAGS, &request), "ioctl SIOCSIFFLAGS");
  }

 private:
  Descriptor socket_;
};

Descriptor tun_device(const char* name) {
  Descriptor tun = opened("/dev/net/tun", O_RDWR | O_NONBLOCK);
  ifreq request = request_for(name);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  checked(::ioctl(tun.get(), TUNSETIFF, &request), "ioctl TUNSETIFF");
  return tun;
}

// The namespace and its device.
std::pair<Descriptor, Descriptor> made(const std::string& address) {
  const Visit visit;
  Descriptor here = opened(own_namespace, O_RDONLY);
  Descriptor tun = tun_device("link");
  Devices devices;
  devices.bring_up("lo");
  devices.set_address("link", SIOCSIFADDR, address);
  devices.set_address("link", SIOCSIFNETMASK, "255.255.255.0");
  devices.set_number("link", SIOCSIFMTU, largest_packet);
  devices.set_number("link", SIOCSIFTXQLEN, 10000);
  devices.bring_up("link");
  return {std::move(here), std::move(tun)};
}

}  // namespace

Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}

NetNamespace::NetNamespace(const std::string& address) : NetNamespace(made(address)) {}

NetNamespace::NetNamespace(std::pair<Descriptor, Descriptor> parts)
    : namespace_(std::move(parts.first)), tun_(std::move(parts.second)) {}

namespace {

// By the name of its folder in /proc; 0: it is none.
pid_t process_named(const std::string& name) {
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
  return error == std::errc() && end == name.data() + name.size() ? pid : 0;
}

bool is_in(pid_t pid, std::span<const NetNamespace> namespaces) {
  struct stat theirs {};
  if (::stat(("/proc/" + std::to_string(pid) + "/ns/net").c_str(), &theirs) != 0) return false;
  return std::ranges::any_of(namespaces, [&](const NetNamespace& each) {
    struct stat ours {};
    return ::fstat(each.fd(), &ours) == 0 && ours.st_dev == theirs.st_dev &&
           ours.st_ino == theirs.st_ino;
  });
}

}  // namespace

void kill_processes_in(std::span<const NetNamespace> namespaces) {
  // More than once: one that is killed may have made another after we had looked for it.
  for (int pass = 0; pass < 3; ++pass)
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
      const pid_t pid = process_named(entry.path().filename());
      if (pid != 0 && pid != ::getpid() && is_in(pid, namespaces)) ::kill(pid, SIGKILL);
    }
}

}  // namespace trainbus::testing
