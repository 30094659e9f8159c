#include "engine/ranks/meeting.hpp"

#include <algorithm>
#include <thread>
#include <utility>
#include <vector>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "core/ranks/links.hpp"
#include "engine/ranks/meeting_store.hpp"
#include "engine/ranks/network.hpp"

namespace trainbus::ranks {
namespace {

using std::chrono::milliseconds, std::chrono::steady_clock;

constexpr milliseconds glance(20), one_try(2000);

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
        log::info("waiting for the leader (rank 0) at " + place.host + ":" +
                  std::to_string(place.port));
      why = first_line(error);
    }
  } while (steady_clock::now() < deadline && !(give_up && give_up()));
  throw RunError("the leader (rank 0) is not reached at " + place.host + ":" +
                     std::to_string(place.port) + " (" + why + ")",
                 "ranks", "Is rank 0 running there, and is the port open between the machines?");
}

}  // namespace

Meeting::Meeting(const Place& place, milliseconds patience, const std::function<bool()>& give_up)
    : parts_(std::make_unique<Parts>()) {
  quieten_c10d();
  const bool serves = place.leads() && !place.has_store;
  if (serves) parts_->tcp = serve(place);  // first: it says more about a wrong address
  address_ = address_towards(place.host, place.port);
  if (!serves) parts_->tcp = reach(place, patience, give_up);
  parts_->prefix = "trainbus/" + place.token;
  parts_->store = c10::make_intrusive<c10d::PrefixStore>(parts_->prefix, parts_->tcp);
}

Meeting::~Meeting() = default;

std::unique_ptr<Meeting> Meeting::another() const {
  std::unique_ptr<Meeting> other(new Meeting);
  other->address_ = address_;
  other->parts_ = std::make_unique<Parts>();
  other->parts_->prefix = parts_->prefix;
  other->parts_->tcp = guarded("the meeting is gone", [&] { return parts_->tcp->clone(); });
  other->parts_->store = c10::make_intrusive<c10d::PrefixStore>(parts_->prefix, other->parts_->tcp);
  return other;
}

void Meeting::set(const std::string& key, const std::string& text) {
  guarded("the meeting is gone",
          [&] { parts_->store->set(key, std::vector<std::uint8_t>(text.begin(), text.end())); });
}

std::optional<std::string> Meeting::find(const std::string& key) {
  return guarded("the meeting is gone", [&]() -> std::optional<std::string> {
    if (!parts_->store->check({key})) return std::nullopt;
    const std::vector<std::uint8_t> text = parts_->store->get(key);
    return std::string(text.begin(), text.end());
  });
}

std::int64_t Meeting::add(const std::string& key, std::int64_t number) {
  return guarded("the meeting is gone", [&] { return parts_->store->add(key, number); });
}

std::optional<std::string> Meeting::wait(const std::string& key, milliseconds patience,
                                         const std::function<bool()>& give_up) {
  const auto deadline = steady_clock::now() + patience;
  while (!(give_up && give_up())) {
    if (std::optional<std::string> text = find(key)) return text;
    if (steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(glance);
  }
  return std::nullopt;
}

}  // namespace trainbus::ranks
