// A network in user space, for machines without netem: network namespaces, each with one TUN
// device, and this process, which carries every packet from one to another, later.
// tests/network/network.py is its other side.
//
//   relay COUNT     2 to 254 namespaces, 0 to COUNT - 1; namespace i has the address 10.78.0.(i +
//   1)
//
// First it says `ready PID FD…`: namespace i is entered by nsenter --net=/proc/PID/fd/(FD i). Then
// it reads commands, a line each, and answers each by a line, `ok` or `error: WHY`, once it holds
// for every packet:
//
//     delay MS      one way, of packets sent from now on (at first 0)
//     jitter MS     mean of an exponentially distributed further delay; packets of a pair keep
//     their order loss SHARE    of the packets, 0 to 1, is lost cut I         nothing reaches
//     namespace I or leaves it any more, not even what is under way heal I
//
// It ends when its input is closed, as when who started it is killed, or on SIGTERM, SIGINT,
// SIGHUP; what runs in the namespaces then is killed. IPv4 only.
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "delayed_packets.hpp"
#include "net_namespace.hpp"
#include "weather.hpp"

namespace trainbus::testing {
namespace {

std::string address_of(std::size_t index) { return "10.78.0." + std::to_string(index + 1); }

class Relay {
 public:
  explicit Relay(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) namespaces_.emplace_back(address_of(i));
    weather_.cut.resize(count);
  }
  ~Relay() { kill_processes_in(namespaces_); }
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // Until the input ends, or `ended` is set by a signal; `waiting`: the signal mask of waits.
  void run(const std::atomic<bool>& ended, const sigset_t& waiting) {
    std::vector<pollfd> watched{{STDIN_FILENO, POLLIN, 0}};
    for (const NetNamespace& each : namespaces_) watched.push_back({each.tun(), POLLIN, 0});
    say_ready();
    while (!ended) {
      const timespec wait = until_next();
      if (::ppoll(watched.data(), watched.size(), &wait, &waiting) < 0) {
        if (errno == EINTR) continue;
        throw std::runtime_error("ppoll failed");
      }
      if (watched[0].revents != 0 && !obey()) return;
      for (std::size_t i = 0; i < namespaces_.size(); ++i)
        if (watched[i + 1].revents != 0) collect(i);
      deliver();
    }
  }

 private:
  void say_ready() const {
    std::printf("ready %d", ::getpid());
    for (const NetNamespace& each : namespaces_) std::printf(" %d", each.fd());
    std::printf("\n");
    std::fflush(stdout);
  }

  timespec until_next() const {
    using namespace std::chrono;
    nanoseconds left = minutes(1);
    if (!under_way_.empty())
      left = std::clamp<nanoseconds>(under_way_.next_due() - Clock::now(), nanoseconds(0), left);
    return {.tv_sec = left.count() / 1'000'000'000, .tv_nsec = left.count() % 1'000'000'000};
  }

  // The commands that have come; false: the input has ended.
  bool obey() {
    std::array<char, 4096> chunk;
    const ssize_t got = ::read(STDIN_FILENO, chunk.data(), chunk.size());
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return true;
    if (got <= 0) return false;
    input_.append(chunk.data(), static_cast<std::size_t>(got));
    for (std::size_t end; (end = input_.find('\n')) != input_.npos; input_.erase(0, end + 1)) {
      try {
        weather_.change(std::string_view(input_).substr(0, end));
        std::puts("ok");
      } catch (const std::invalid_argument& error) {
        std::printf("error: %s\n", error.what());
      }
      std::fflush(stdout);
    }
    return true;
  }

  // What the processes of one namespace have sent; a bounded number, so that all have their turn.
  void collect(std::size_t from) {
    for (int i = 0; i < 64; ++i) {
      const ssize_t got = ::read(namespaces_[from].tun(), buffer_.data(), buffer_.size());
      if (got <= 0) return;
      const auto bytes = std::span(buffer_).first(static_cast<std::size_t>(got));
      const std::optional<std::size_t> to = receiver_of(bytes);
      if (!to || is_cut(from, *to) || share_(random_) < weather_.loss) continue;
      const std::chrono::duration<double, std::milli> delay(
          weather_.delay_ms + (weather_.jitter_ms > 0 ? weather_.jitter_ms * more_(random_) : 0));
      under_way_.add({from, *to, {bytes.begin(), bytes.end()}},
                     Clock::now() + std::chrono::ceil<Clock::duration>(delay));
    }
  }

  // By the IPv4 header's destination; none: it is for nobody here.
  std::optional<std::size_t> receiver_of(std::span<const std::byte> packet) const {
    constexpr std::size_t header = 20, destination = 16;  // bytes
    constexpr std::array network{std::byte{10}, std::byte{78}, std::byte{0}};
    if (packet.size() < header || packet[0] >> 4 != std::byte{4}) return std::nullopt;
    if (!std::ranges::equal(packet.subspan(destination, 3), network)) return std::nullopt;
    const auto last = std::to_integer<std::size_t>(packet[destination + 3]);
    if (last < 1 || last > namespaces_.size()) return std::nullopt;
    return last - 1;
  }

  bool is_cut(std::size_t from, std::size_t to) const {
    return weather_.cut[from] || weather_.cut[to];
  }

  void deliver() {
    while (!under_way_.empty() && under_way_.next_due() <= Clock::now()) {
      const Packet packet = under_way_.take();
      if (is_cut(packet.from, packet.to)) continue;
      // One that its device does not take is lost, as on any network.
      if (::write(namespaces_[packet.to].tun(), packet.bytes.data(), packet.bytes.size()) < 0)
        continue;
    }
  }

  std::vector<NetNamespace> namespaces_;
  Weather weather_;
  DelayedPackets under_way_;
  std::string input_;
  std::array<std::byte, largest_packet> buffer_;
  std::mt19937 random_{1};
  std::uniform_real_distribution<double> share_{0, 1};
  std::exponential_distribution<double> more_{1};
};

std::atomic<bool> ended = false;

// Ends come while the relay waits, never within a packet. The mask of its waits.
sigset_t let_signals_end_waits() {
  sigset_t ends, before;
  ::sigemptyset(&ends);
  struct sigaction action {};
  action.sa_handler = [](int) { ended = true; };
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    ::sigaddset(&ends, signal);
    ::sigaction(signal, &action, nullptr);
  }
  ::sigprocmask(SIG_BLOCK, &ends, &before);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigdelset(&before, signal);
  ::signal(SIGPIPE, SIG_IGN);  // who does not read the answers has closed the input, too
  return before;
}

int run(std::span<char*> arguments) {
  try {
    if (arguments.size() != 2) throw std::invalid_argument("usage: relay COUNT");
    const auto count = number<std::size_t>(arguments[1], 2, 254);
    const sigset_t waiting = let_signals_end_waits();
    Relay(count).run(ended, waiting);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

}  // namespace
}  // namespace trainbus::testing

int main(int argc, char** argv) {
  return trainbus::testing::run({argv, static_cast<std::size_t>(argc)});
}
