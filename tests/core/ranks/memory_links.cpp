#include "core/ranks/memory_links.hpp"

#include "core/io/error.hpp"
#include "core/ranks/message.hpp"

namespace trainbus::testing {

using namespace ranks;

std::optional<Arrival> MemoryLinks::next(Nanoseconds until) {
  if (!stage_.wait(
          leader_, [&] { return !arrivals_.empty(); }, until))
    return std::nullopt;
  return stage_.locked([&] {
    Arrival arrival = std::move(arrivals_.front());
    arrivals_.pop_front();
    return arrival;
  });
}

// Sometimes together with what is on its way, as a stream of bytes may have it.
void MemoryLinks::send(WorkerId worker, std::string bytes) {
  stage_.locked([&] {
    Wire& wire = wires_.at(worker);
    if (!wire.is_open) return;
    if (!wire.to_worker.empty() && stage_.random_below(2) == 0)
      wire.to_worker.back() += bytes;
    else
      wire.to_worker.push_back(std::move(bytes));
  });
}

Nanoseconds MemoryLinks::last_heard(WorkerId worker) {
  const Nanoseconds now = stage_.now();
  return stage_.locked([&] { return wires_.at(worker).silent_since.value_or(now); });
}

void MemoryLinks::drop(WorkerId worker, bool is_gone) {
  stage_.locked([&] {
    Wire& wire = wires_.at(worker);
    wire.is_open = false;
    if (is_gone) wire.to_worker.clear();
    std::erase_if(arrivals_, [&](const Arrival& arrival) { return arrival.worker == worker; });
  });
}

WorkerId MemoryLinks::connect(std::int64_t rank, const std::string& name) {
  return stage_.locked([&] {
    const auto id = static_cast<WorkerId>(wires_.size() + 1);
    wires_[id];
    arrivals_.push_back({id, Arrival::What::Came, name, rank});
    return id;
  });
}

std::optional<std::string> MemoryLink::next(Nanoseconds until) {
  live();
  const bool has = links_.stage_.wait(
      actor_, [&] { return !wire_.to_worker.empty() || !wire_.is_open; }, until);
  if (!has) return std::nullopt;
  return links_.stage_.locked([&]() -> std::optional<std::string> {
    if (wire_.to_worker.empty()) throw RunError("the link to the leader is gone", "ranks", "");
    std::string bytes = std::move(wire_.to_worker.front());
    wire_.to_worker.pop_front();
    return bytes;
  });
}

void MemoryLink::send(std::string bytes) {
  live();
  links_.stage_.locked([&] {
    if (!wire_.is_open) return;
    std::deque<Arrival>& arrivals = links_.arrivals_;
    const bool follows = !arrivals.empty() && arrivals.back().worker == id_ &&
                         arrivals.back().what == Arrival::What::Said;
    if (follows && links_.stage_.random_below(2) == 0)
      arrivals.back().text += bytes;
    else
      arrivals.push_back({id_, Arrival::What::Said, std::move(bytes)});
  });
}

void MemoryLink::live() {
  links_.stage_.pause(actor_);
  if (fate_.what != Fate::What::None && uses_++ == fate_.at) suffer();
}

void MemoryLink::suffer() {
  if (fate_.what == Fate::What::Dies) throw Died{};
  if (fate_.what == Fate::What::Babbles) {
    const std::string words[] = {bytes_of(Deal{0, {1, 0}}), "\xff", bytes_of(Ready{1}) + "\x01",
                                 bytes_of(End{})};
    return send(words[links_.stage_.locked([&] { return links_.stage_.random_below(4); })]);
  }
  if (fate_.what == Fate::What::Forgets) {
    for (std::uint64_t round = 0; round < 100; ++round)
      for (std::uint32_t item = 0; item < 40; ++item)
        send(bytes_of(Answer{round, 1, {item}, {{2}, {7, 7}}}));
    return;
  }
  const Nanoseconds now = links_.now();
  if (fate_.what == Fate::What::Hangs) links_.stage_.locked([&] { wire_.silent_since = now; });
  links_.stage_.wait(
      actor_, [&] { return !wire_.is_open; }, Stage::never);
  throw Died{};
}

void MemoryLink::end(const std::string& why) {
  links_.stage_.locked([&] {
    if (wire_.is_open) links_.arrivals_.push_back({id_, Arrival::What::Lost, why});
    wire_.is_open = false;
  });
}

}  // namespace trainbus::testing
