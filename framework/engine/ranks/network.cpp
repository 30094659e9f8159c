#include "engine/ranks/network.hpp"

#include <arpa/inet.h>
#include <c10/util/Logging.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "core/io/error.hpp"
#include "core/io/host_name.hpp"
#include "core/ranks/place.hpp"

namespace trainbus::ranks {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Addresses resolve(const std::string& host, std::uint16_t port, int type) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = type;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0)
    throw UsageError(
        "the host " + host + " is not known here (" + gai_strerror(error) + ")",
        "--leader " + address_text(host, port),
        "Give the leader's address as a number, or its name as this machine knows it.");
  return {found, &freeaddrinfo};
}

class Socket {
 public:
  Socket(int family, int type) : fd_(::socket(family, type | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

[[noreturn]] void refuse_to_listen(const std::string& host, std::uint16_t port, int error) {
  const std::string where = "--leader " + address_text(host, port);
  if (error == EADDRINUSE)
    throw UsageError(
        "something listens on this port already", where,
        "Give another port, or end what uses it: ss -ltnp | grep " + std::to_string(port));
  if (error == EADDRNOTAVAIL)
    throw UsageError(
        "this process is rank 0, and the address is not one of this machine (" + host_name() + ")",
        where, "Give the address of the machine that rank 0 runs on, as the others reach it.");
  throw UsageError(std::string("cannot listen there: ") + std::strerror(error), where,
                   "Give another address or port.");
}

}  // namespace

int listen_on(const std::string& host, std::uint16_t port) {
  const Addresses addresses = resolve(host, port, SOCK_STREAM);
  int error = EADDRNOTAVAIL;
  for (const addrinfo* each = addresses.get(); each; each = each->ai_next) {
    Socket socket(each->ai_family, SOCK_STREAM);
    const int on = 1;
    if (socket.fd() < 0) continue;
    ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(socket.fd(), each->ai_addr, each->ai_addrlen) == 0 &&
        ::listen(socket.fd(), SOMAXCONN) == 0)
      return socket.release();
    error = errno;
  }
  refuse_to_listen(host, port, error);
}

std::string address_towards(const std::string& host, std::uint16_t port) {
  const Addresses addresses = resolve(host, port, SOCK_DGRAM);
  for (const addrinfo* each = addresses.get(); each; each = each->ai_next) {
    const Socket socket(each->ai_family, SOCK_DGRAM);
    if (socket.fd() < 0 || ::connect(socket.fd(), each->ai_addr, each->ai_addrlen) != 0) continue;
    sockaddr_storage own{};
    socklen_t size = sizeof own;
    std::array<char, NI_MAXHOST> text{};
    if (::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&own), &size) == 0 &&
        getnameinfo(reinterpret_cast<sockaddr*>(&own), size, text.data(), text.size(), nullptr, 0,
                    NI_NUMERICHOST) == 0)
      return text.data();
  }
  throw UsageError(
      "there is no way to the host " + host + " from this machine (" + host_name() + ")",
      "--leader " + address_text(host, port), "Are both in one network?");
}

void prepare_c10d() {
  ::setenv("TORCH_CPP_LOG_LEVEL", "FATAL", 0);
  c10::initLogging();
  ::setenv("RES_OPTIONS", "timeout:1 attempts:2", 0);
}

std::string first_line(const std::exception& error) {
  std::string words = error.what();
  words.resize(std::min(words.find('\n'), words.size()));
  // "[/pytorch/third_party/gloo/…/pair.cc:547] Connection closed by peer"
  if (const std::size_t end = words.find("] "); words.starts_with('[') && end != std::string::npos)
    words.erase(0, end + 2);
  return words;
}

}  // namespace trainbus::ranks
