// Delivers events to observers, one after the other, on the calling thread. The bus has one
// dispatcher for its control observers and one for all others. Private to the bus.
#pragma once

#include <boost/signals2/dummy_mutex.hpp>
#include <boost/signals2/signal_type.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bus/call_gate.hpp"
#include "core/bus/subscription.hpp"

namespace trainbus {

// One signal per event kind, a group for metric observers and one for the others, and a combiner
// that catches exceptions. All functions but wanted() are for one thread at a time.
class Dispatcher {
 public:
  Dispatcher();
  ~Dispatcher();

  void join(std::shared_ptr<Observer> observer);
  std::shared_ptr<Observer> leave(Subscription& subscription);
  void publish(Event& event);
  // Publishes an event behind which newer ones of its kind wait, up to newest_step: lossy observers
  // skip it if they will get one of those.
  void publish_outdated(Event& event, std::uint64_t newest_step);
  // Sets the step and epoch of the end event that a leaving observer gets, for dispatchers that do
  // not get all events.
  void note_position(std::uint64_t step, std::uint64_t epoch);

  Subscription* find(std::string_view name) const;
  bool wanted(EventKind kind) const {
    const auto bit = static_cast<std::uint32_t>(kind);
    return bit < 64 && (wanted_.load(std::memory_order_relaxed) >> bit & 1) != 0;
  }
  // Whether an event is being delivered.
  bool inside() const { return current_ != nullptr || settling_; }
  bool has_lossy() const { return has_lossy_; }
  std::vector<std::string> metrics() const;
  // Fills states by the observers' names. failure: the first exception, if an observer throws.
  void save_state(std::map<std::string, std::string>& states, std::exception_ptr& failure);
  const std::vector<std::unique_ptr<Subscription>>& subscriptions() const { return subscriptions_; }

  CallGate& gate() { return gate_; }
  // Continues in another thread after a call was given up: abandons its subscription and delivers
  // the event to the observers after it. event: null if the call was not about a published event.
  void resume_after(Subscription& stuck, std::chrono::nanoseconds waited, Event* event);
  // Restarts the account of the time that observers take; called when the bus thread is idle.
  void backlog_over();
  // Quarantines the observer that took most of the time since the account was restarted.
  void quarantine_slowest(std::chrono::nanoseconds patience);

 private:
  // Calls all slots, whatever they throw: a bad observer must not stop a good one.
  struct CatchEach {
    using result_type = void;
    Dispatcher* dispatcher;
    template <class Slots>
    void operator()(Slots next, Slots end) const {
      for (; next != end; ++next) try {
          *next;
        } catch (...) {
          dispatcher->failed(std::current_exception());
        }
    }
  };
  // dummy_mutex: all is serialised by contract.
  using Signal = boost::signals2::signal_type<
      void(Event&), boost::signals2::keywords::combiner_type<CatchEach>,
      boost::signals2::keywords::group_type<int>,
      boost::signals2::keywords::mutex_type<boost::signals2::dummy_mutex>>::type;

  // The state of one dispatch, which is the current one during the object's lifetime.
  struct Dispatch {
    Dispatch(Dispatcher& d, const Event& e) : dispatcher(d), event(e) {
      dispatcher.current_ = this;
    }
    ~Dispatch() { dispatcher.current_ = nullptr; }
    Dispatch(const Dispatch&) = delete;
    Dispatch& operator=(const Dispatch&) = delete;
    Dispatcher& dispatcher;
    const Event& event;
    const FloatEnvironment floats;
    CallClock clock;
    // The subscription being called; for the combiner, which sees only slots.
    Subscription* running = nullptr;
  };

  void call(Subscription& subscription, Event& event);
  void hand_over(Subscription& subscription, Event& event);
  void deliver_held_back(Subscription& subscription);
  void failed(std::exception_ptr error);
  void deliver_alone(Subscription& subscription, Event& event);
  void after_publish(Event& event);
  std::vector<Subscription*> in_order() const;

  // Changes wait here while an event is being delivered.
  struct Change {
    enum class Kind { Join, Leave, Disconnect } kind;
    Subscription* subscription;
  };
  void request(Change change);
  void settle();
  void connect(Subscription& subscription);
  void apply(const Change& change);
  void replay_begin(Subscription& subscription);
  void deliver_farewell(Subscription& subscription);
  void survey();

  std::array<std::unique_ptr<Signal>, TB_KIND_COUNT> signals_;
  // Never shrinks: the report names all.
  std::vector<std::unique_ptr<Subscription>> subscriptions_;
  std::deque<Change> changes_;
  Dispatch* current_ = nullptr;
  bool settling_ = false, has_lossy_ = false;
  std::optional<std::uint64_t> newest_step_;  // see publish_outdated()
  std::atomic<std::uint64_t> wanted_ = 0;     // one bit for each kind that a live observer wants
  CallGate gate_;
  // Never destroyed: a thread is still in their code.
  std::vector<std::shared_ptr<Observer>>& abandoned_;

  std::optional<Event> begin_;  // the TrainBegin of the current run
  std::chrono::steady_clock::time_point begun_at_;
  std::uint64_t last_step_ = 0, last_epoch_ = 0;
};

}  // namespace trainbus
