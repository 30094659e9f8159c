#include "engine/ranks/meeting.hpp"

#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "core/ranks/links.hpp"
#include "engine/ranks/network.hpp"

namespace trainbus::ranks {
namespace {

using std::chrono::milliseconds, std::chrono::steady_clock;

constexpr milliseconds first_glance(1), glance(20), one_try(2000);

// Calls f; an exception of c10d's becomes one of ours.
template <class F>
auto guarded(const std::string& what, F&& f) {
  try {
    return f();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& error) {
    throw LeaderIsGone(what + " (" + first_line(error) + ")", "ranks",
                       "Is the leader (rank 0) still running, and its machine reachable?");
  }
}

c10::intrusive_ptr<c10d::Store> serve(const Place& place) {
  c10d::TCPStoreOptions options;
  options.port = place.port;
  options.isServer = true;
  options.waitWorkers = false;
  options.masterListenFd = listen_on(place.host, place.port);
  return guarded("the meeting cannot be served", [&] {
    return c10::intrusive_ptr<c10d::Store>(
        c10::make_intrusive<c10d::TCPStore>(place.host, options));
  });
}

// In tries, so that a signal ends the waiting.
c10::intrusive_ptr<c10d::Store> reach(const Place& place, milliseconds patience,
                                      const std::function<bool()>& give_up) {
  const auto deadline = steady_clock::now() + patience;
  std::string why;
  do {
    c10d::TCPStoreOptions options;
    options.port = place.port;
    options.waitWorkers = false;
    options.timeout = std::min(patience, one_try);
    try {
      auto store = c10::make_intrusive<c10d::TCPStore>(place.host, options);
      store->setTimeout(patience);
      return store;
    } catch (const std::exception& error) {
      if (why.empty())
        log::info("waiting for the leader (rank 0) at " + address_text(place.host, place.port));
      why = first_line(error);
    }
  } while (steady_clock::now() < deadline && !(give_up && give_up()));
  throw RunError("the leader (rank 0) is not reached at " + address_text(place.host, place.port) +
                     " (" + why + ")",
                 "ranks", "Is rank 0 running there, and is the port open between the machines?");
}

}  // namespace

struct Meeting::Connection {
  std::mutex mutex;                       // one request at a time
  c10::intrusive_ptr<c10d::Store> store;  // with the run's prefix

  template <class F>
  auto request(F&& f) {
    const std::lock_guard lock(mutex);
    return guarded("the meeting is gone", [&] { return f(*store); });
  }
};

Meeting::Meeting(const Place& place, milliseconds patience, const std::function<bool()>& give_up)
    : connection_(std::make_unique<Connection>()) {
  prepare_c10d();
  const bool serves = place.leads() && !place.has_store;
  c10::intrusive_ptr<c10d::Store> store;
  if (serves) store = serve(place);  // first: it says more about a wrong address
  address_ = address_towards(place.host, place.port);
  if (!serves) store = reach(place, patience, give_up);
  connection_->store = c10::make_intrusive<c10d::PrefixStore>("trainbus/" + place.token, store);
}

Meeting::~Meeting() = default;

void Meeting::set(const std::string& key, const std::string& text) {
  connection_->request([&](c10d::Store& store) {
    store.set(key, std::vector<std::uint8_t>(text.begin(), text.end()));
  });
}

std::optional<std::string> Meeting::find(const std::string& key) {
  return connection_->request([&](c10d::Store& store) -> std::optional<std::string> {
    if (!store.check({key})) return std::nullopt;
    const std::vector<std::uint8_t> text = store.get(key);
    return std::string(text.begin(), text.end());
  });
}

std::int64_t Meeting::add(const std::string& key, std::int64_t number) {
  return connection_->request([&](c10d::Store& store) { return store.add(key, number); });
}

std::optional<std::string> Meeting::wait(const std::string& key, milliseconds patience,
                                         const std::function<bool()>& give_up) {
  const auto deadline = steady_clock::now() + patience;
  for (milliseconds pause = first_glance; !(give_up && give_up());
       pause = std::min(2 * pause, glance)) {
    if (std::optional<std::string> text = find(key)) return text;
    if (steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(pause);
  }
  return std::nullopt;
}

}  // namespace trainbus::ranks
