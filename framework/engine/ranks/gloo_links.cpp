#include "engine/ranks/gloo_links.hpp"

#include <algorithm>
#include <utility>

#include "core/io/error.hpp"

namespace trainbus::ranks {
namespace {

using std::chrono::milliseconds, std::chrono::steady_clock;

constexpr milliseconds glance(20);

Nanoseconds steady_now() { return steady_clock::now().time_since_epoch(); }

milliseconds rounded(Nanoseconds time) { return std::chrono::duration_cast<milliseconds>(time); }

std::string key(const char* what, std::int64_t id) { return what + std::to_string(id); }

}  // namespace

Nanoseconds sign_of_life_every(Nanoseconds patience) {
  return std::clamp<Nanoseconds>(patience / 6, milliseconds(20), std::chrono::seconds(1));
}

// The leader
// ----------------------------------------------------------------------------------------

GlooLeaderLinks::GlooLeaderLinks(Meeting& meeting, Nanoseconds patience, Hooks hooks)
    : meeting_(meeting), patience_(patience), hooks_(std::move(hooks)) {
  guests_thread_ = std::thread([this] { receive_guests(); });
  life_thread_ = std::thread([this] { show_life(); });
}

GlooLeaderLinks::~GlooLeaderLinks() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  end_.notify_all();
  guests_thread_.join();
  life_thread_.join();
  for (std::thread& opener : openers_) opener.join();
  std::vector<std::thread> closers;  // each may wait a moment
  for (auto& [id, link] : links_)
    closers.emplace_back([link = std::move(link)]() mutable { link.reset(); });
  for (std::thread& closer : closers) closer.join();
}

bool GlooLeaderLinks::is_ending() const {
  const std::lock_guard lock(mutex_);
  return is_ending_;
}

// Looks at the meeting's table only when its counter of events has moved, and for signs of life of
// those that load.
void GlooLeaderLinks::receive_guests() {
  Guests guests;
  std::int64_t events = 0, come = 0;
  Nanoseconds looked = steady_now();
  while (!is_ending()) {
    try {
      const std::int64_t now = meeting_.add("events", 0);
      if (now != std::exchange(events, now)) look_at_table(guests, come);
      if (steady_now() - looked > sign_of_life_every(patience_)) {
        look_for_life(guests);
        looked = steady_now();
      }
      forget(guests);
    } catch (const RunError& error) {  // the launcher's store is gone, or a guest's nonsense
      if (!is_ending() && hooks_.tell) hooks_.tell(error.what());
      std::unique_lock lock(mutex_);
      end_.wait_for(lock, std::chrono::seconds(1), [&] { return is_ending_; });
    }
    std::unique_lock lock(mutex_);
    end_.wait_for(lock, glance, [&] { return is_ending_; });
  }
}

void GlooLeaderLinks::look_at_table(Guests& guests, std::int64_t& come) {
  for (const std::int64_t all = meeting_.add("come", 0); come < all;)
    guests[static_cast<WorkerId>(++come)].heard = steady_now();
  for (auto& [id, guest] : guests) look_after(id, guest);
}

// One that was killed while it loaded is not waited for.
void GlooLeaderLinks::look_for_life(Guests& guests) {
  for (auto& [id, guest] : guests) {
    const std::int64_t signs = meeting_.add(key("alive/", id), 0);
    if (signs != std::exchange(guest.signs, signs)) guest.heard = steady_now();
    if (steady_now() - guest.heard < patience_) continue;
    if (hooks_.tell)
      hooks_.tell((guest.is_welcomed ? guest.hello.name() : "a process that came") +
                  " is lost before it computed anything: nothing was heard of it while it loaded");
    const std::lock_guard lock(mutex_);
    dropped_.insert(id);
  }
}

void GlooLeaderLinks::forget(Guests& guests) {
  const std::lock_guard lock(mutex_);
  std::erase_if(guests, [&](const auto& guest) {
    return links_.contains(guest.first) || dropped_.contains(guest.first);
  });
  guests_ = guests.size();
}

void GlooLeaderLinks::look_after(WorkerId id, Guest& guest) {
  const auto dismiss = [&] {
    const std::lock_guard lock(mutex_);
    dropped_.insert(id);
  };
  if (!guest.is_welcomed) {
    const std::optional<std::string> hello = meeting_.find(key("hello/", id));
    if (!hello) return;
    guest.hello = hello_in(*hello);
    const Welcome welcome = hooks_.welcome(guest.hello);
    meeting_.set(key("welcome/", id), text_of(welcome));
    guest.is_welcomed = true;
    if (welcome.refusal.empty()) return;
    if (hooks_.tell) hooks_.tell(guest.hello.name() + " is sent away: " + welcome.refusal);
    return dismiss();
  }
  if (const std::optional<std::string> why = meeting_.find(key("declined/", id))) {
    if (hooks_.tell) hooks_.tell(guest.hello.name() + " does not take part: " + *why);
    return dismiss();
  }
  if (meeting_.find(key("told/", id))) return dismiss();
  if (!meeting_.find(key("loaded/", id))) return;
  const std::lock_guard lock(mutex_);
  links_.emplace(id, nullptr);
  openers_.emplace_back([this, id, hello = guest.hello] { open_link(id, hello); });
}

void GlooLeaderLinks::open_link(WorkerId id, const Hello& hello) {
  try {
    auto link = std::make_shared<Link>(meeting_, std::to_string(id), 0, rounded(patience_));
    {
      const std::lock_guard lock(mutex_);
      links_[id] = link;
    }
    push({id, Arrival::What::Came, hello.name(), hello.rank});
    link->listen({.said =
                      [this, id](std::string bytes) {
                        push({id, Arrival::What::Said, std::move(bytes)});
                      },
                  .lost =
                      [this, id](const std::string& why) {
                        push({id, Arrival::What::Lost, why});
                      }});
  } catch (const RunError& error) {
    {
      const std::lock_guard lock(mutex_);
      links_.erase(id);
      dropped_.insert(id);
    }
    if (!is_ending() && hooks_.tell) hooks_.tell(hello.name() + " is not reached: " + error.what());
  }
}

void GlooLeaderLinks::push(Arrival arrival) {
  {
    const std::lock_guard lock(mutex_);
    if (dropped_.contains(arrival.worker)) return;
    inbox_.push_back(std::move(arrival));
  }
  arrived_.notify_one();
}

std::shared_ptr<Link> GlooLeaderLinks::link(WorkerId id) const {
  const std::lock_guard lock(mutex_);
  const auto found = links_.find(id);
  return found == links_.end() ? nullptr : found->second;
}

void GlooLeaderLinks::show_life() {
  const Nanoseconds every = sign_of_life_every(patience_);
  std::unique_lock lock(mutex_);
  while (!end_.wait_for(lock, every, [&] { return is_ending_; })) {
    const auto links = links_;
    lock.unlock();
    for (const auto& [id, link] : links)
      if (link && steady_now() - link->last_sent() >= every) link->send({});
    lock.lock();
  }
}

Nanoseconds GlooLeaderLinks::now() { return steady_now(); }

std::optional<Arrival> GlooLeaderLinks::next(Nanoseconds until) {
  std::unique_lock lock(mutex_);
  if (inbox_.empty() && until > steady_now())
    arrived_.wait_until(lock, steady_clock::time_point(until), [&] { return !inbox_.empty(); });
  if (inbox_.empty()) return std::nullopt;
  Arrival arrival = std::move(inbox_.front());
  inbox_.pop_front();
  return arrival;
}

void GlooLeaderLinks::send(WorkerId worker, std::string bytes) {
  if (const std::shared_ptr<Link> to = link(worker)) to->send(bytes);
}

Nanoseconds GlooLeaderLinks::last_heard(WorkerId worker) {
  const std::shared_ptr<Link> of = link(worker);
  return of ? of->last_heard() : steady_now();
}

void GlooLeaderLinks::drop(WorkerId worker, bool is_gone) {
  std::shared_ptr<Link> gone;
  {
    const std::lock_guard lock(mutex_);
    dropped_.insert(worker);
    std::erase_if(inbox_, [&](const Arrival& arrival) { return arrival.worker == worker; });
    if (is_gone) gone = std::move(links_[worker]);
  }
  if (gone) gone->close();
}

std::size_t GlooLeaderLinks::gone() const {
  const std::lock_guard lock(mutex_);
  return dropped_.size();
}

std::size_t GlooLeaderLinks::here() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = guests_;
  for (const auto& [id, link] : links_) count += !dropped_.contains(id);
  return count;
}

// A worker
// ------------------------------------------------------------------------------------------

GlooWorkerLink::GlooWorkerLink(Meeting& meeting, const Hello& hello, milliseconds patience,
                               const std::function<bool()>& give_up)
    : meeting_(meeting) {
  const std::int64_t id = meeting.add("come", 1);
  id_ = std::to_string(id);
  meeting.set("hello/" + id_, text_of(hello));
  meeting.add("events", 1);
  guest_thread_ = std::thread([this] { sit_in(); });
  try {
    hear_welcome(patience, give_up);
  } catch (...) {
    leave_meeting();
    throw;
  }
}

void GlooWorkerLink::hear_welcome(milliseconds patience, const std::function<bool()>& give_up) {
  const std::optional<std::string> answer = meeting_.wait("welcome/" + id_, patience, give_up);
  if (!answer)
    throw RunError("the leader (rank 0) did not answer within " +
                       std::to_string(patience.count() / 1000) + " s",
                   "ranks", "Is it still loading its model? Its log says what it waits for.");
  welcome_ = welcome_in(*answer);
  if (!welcome_.refusal.empty())
    throw UsageError("the leader (rank 0) refuses this process: " + welcome_.refusal, "ranks", "");
  if (!welcome_.is_over) return;
  meeting_.set("told/" + id_, "yes");  // the leader ends when it sees this
  meeting_.add("events", 1);
}

// Ends the signs of life at the meeting.
void GlooWorkerLink::leave_meeting() {
  {
    const std::lock_guard lock(mutex_);
    is_open_ = true;
  }
  end_.notify_all();
  if (guest_thread_.joinable()) guest_thread_.join();
}

void GlooWorkerLink::sit_in() try {
  std::unique_lock lock(mutex_);
  while (!end_.wait_for(lock, milliseconds(500), [&] { return is_open_; })) {
    lock.unlock();
    meeting_.add("alive/" + id_, 1);
    lock.lock();
  }
} catch (const RunError&) {
  // The leader is gone, which whoever waits for it will see.
}

GlooWorkerLink::~GlooWorkerLink() {
  leave_meeting();
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  end_.notify_all();
  if (life_thread_.joinable()) life_thread_.join();
  if (link_) link_->close();
}

void GlooWorkerLink::open(milliseconds patience) {
  meeting_.set("loaded/" + id_, "yes");
  meeting_.add("events", 1);
  link_ = std::make_unique<Link>(meeting_, id_, 1, patience);
  leave_meeting();
  link_->listen({.said =
                     [this](std::string bytes) {
                       {
                         const std::lock_guard lock(mutex_);
                         inbox_.push_back(std::move(bytes));
                       }
                       arrived_.notify_one();
                     },
                 .lost =
                     [this](const std::string& why) {
                       {
                         const std::lock_guard lock(mutex_);
                         lost_ = why;
                       }
                       arrived_.notify_one();
                     }});
  life_thread_ = std::thread([this] { show_life(); });
}

void GlooWorkerLink::decline(const std::string& why) noexcept try {
  meeting_.set("declined/" + id_, why);
  meeting_.add("events", 1);
} catch (const std::exception&) {
  // The leader is gone, too.
}

void GlooWorkerLink::show_life() {
  const Nanoseconds every = sign_of_life_every(
      std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(welcome_.patience_s)));
  std::unique_lock lock(mutex_);
  while (!end_.wait_for(lock, every, [&] { return is_ending_; })) {
    lock.unlock();
    if (steady_now() - link_->last_sent() >= every) link_->send({});
    lock.lock();
  }
}

// Bounded by the leader's signs of life.
void GlooWorkerLink::wait_until_closed() {
  if (!link_) return;
  link_->send({});  // so that the leader knows that its last words have come
  const auto patience =
      std::chrono::duration_cast<Nanoseconds>(std::chrono::duration<double>(welcome_.patience_s));
  std::unique_lock lock(mutex_);
  while (!lost_ && steady_now() - link_->last_heard() < patience)
    arrived_.wait_for(lock, milliseconds(100), [&] { return lost_.has_value(); });
}

Nanoseconds GlooWorkerLink::now() { return steady_now(); }

std::optional<std::string> GlooWorkerLink::next(Nanoseconds until) {
  std::unique_lock lock(mutex_);
  const auto has_come = [&] { return !inbox_.empty() || lost_; };
  if (!has_come() && until > steady_now())
    arrived_.wait_until(lock, steady_clock::time_point(until), has_come);
  if (!inbox_.empty()) {
    std::string bytes = std::move(inbox_.front());
    inbox_.pop_front();
    return bytes;
  }
  if (lost_)
    throw LeaderIsGone("the leader (rank 0) is gone: " + *lost_, "ranks",
                       "The run goes on with: trainbus resume, on the leader's machine.");
  return std::nullopt;
}

void GlooWorkerLink::send(std::string bytes) { link_->send(bytes); }

Nanoseconds GlooWorkerLink::last_heard() { return link_->last_heard(); }

}  // namespace trainbus::ranks
