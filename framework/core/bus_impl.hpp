// The bus behind Bus: one signal per event kind, groups for the roles, a combiner that catches.
#pragma once

#include <boost/signals2/dummy_mutex.hpp>
#include <boost/signals2/signal_type.hpp>

#include <array>
#include <chrono>
#include <deque>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bus.hpp"
#include "core/seat.hpp"

namespace trainbus {

class Bus::Impl {
 public:
  Impl();
  ~Impl();

  void join(std::shared_ptr<Observer> observer);
  std::shared_ptr<Observer> leave(Seat& seat);
  void publish(Event& event);

  Seat* find(std::string_view name) const;
  bool wanted(EventKind kind) const { return wanted_ >> static_cast<unsigned>(kind) & 1; }
  std::vector<std::string> metrics() const;
  const std::vector<std::unique_ptr<Seat>>& seats() const { return seats_; }

 private:
  // Calls all slots, whatever they throw: a bad observer must not stop a good one.
  struct CatchEach {
    using result_type = void;
    Impl* bus;
    template <class Slots>
    void operator()(Slots next, Slots end) const {
      for (; next != end; ++next) try {
          *next;
        } catch (...) {
          bus->failed(std::current_exception());
        }
    }
  };
  // dummy_mutex: publish, add, remove and take are serialised by contract.
  using Signal = boost::signals2::signal_type<
      void(Event&), boost::signals2::keywords::combiner_type<CatchEach>,
      boost::signals2::keywords::group_type<int>,
      boost::signals2::keywords::mutex_type<boost::signals2::dummy_mutex>>::type;

  // What holds during one dispatch, which is the bus's current one for as long as this lives.
  struct Dispatch {
    Dispatch(Impl& b, const Event& e) : bus(b), event(e) { bus.current_ = this; }
    ~Dispatch() { bus.current_ = nullptr; }
    Dispatch(const Dispatch&) = delete;
    Dispatch& operator=(const Dispatch&) = delete;
    Impl& bus;
    const Event& event;
    const FloatEnvironment floats;
    CallClock clock;
    Seat* running = nullptr;  // whose call it is; for the combiner, which sees only slots
  };

  void call(Seat& seat, Event& event);
  void failed(std::exception_ptr error);
  void deliver_alone(Seat& seat, Event& event);

  // Changes wait here while an event is being delivered.
  struct Change {
    enum class Kind { Join, Leave, Disconnect } kind;
    Seat* seat;
  };
  void request(Change change);
  void settle();
  void connect(Seat& seat);
  void apply(const Change& change);
  void replay_begin(Seat& seat);
  void deliver_farewell(Seat& seat);

  std::array<std::unique_ptr<Signal>, TB_KIND_COUNT> signals_;
  std::vector<std::unique_ptr<Seat>> seats_;  // never shrinks: the report names all
  std::deque<Change> changes_;
  Dispatch* current_ = nullptr;
  bool settling_ = false;
  std::uint64_t wanted_ = 0;  // by live observers, bit per kind

  std::optional<Event> begin_;  // the TrainBegin of the run that is on
  std::chrono::steady_clock::time_point begun_at_;
  std::uint64_t last_step_ = 0, last_epoch_ = 0;
};

}  // namespace trainbus
