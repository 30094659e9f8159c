#include "engine/ranks/gloo_group.hpp"

#include <cstdlib>
#include <map>
#include <mutex>

namespace trainbus::ranks {
namespace {

using Device = std::shared_ptr<::gloo::transport::Device>;

// One device a process: each has a thread of its own.
Device device_at(const std::string& address) {
  static std::mutex mutex;
  static std::map<std::string, Device> devices;
  const std::lock_guard lock(mutex);
  const char* interface = std::getenv("GLOO_SOCKET_IFNAME");
  const bool is_named = interface && *interface;
  Device& device = devices[is_named ? interface : address];
  if (!device)
    device = is_named ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                      : c10d::ProcessGroupGloo::createDeviceForHostname(address);
  return device;
}

}  // namespace

c10::intrusive_ptr<c10d::ProcessGroupGloo> open_gloo_group(
    const c10::intrusive_ptr<c10d::Store>& store, int rank, int size, const std::string& address,
    std::chrono::milliseconds patience) {
  auto options = c10d::ProcessGroupGloo::Options::create(patience);
  options->devices.push_back(device_at(address));
  options->threads = 1;
  return c10::make_intrusive<c10d::ProcessGroupGloo>(store, rank, size, options);
}

}  // namespace trainbus::ranks
