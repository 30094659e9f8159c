#include "engine/ranks/link.hpp"

#include <ATen/ops/from_blob.h>

#include <array>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/io/error.hpp"
#include "engine/ranks/gloo_group.hpp"
#include "engine/ranks/meeting_store.hpp"
#include "engine/ranks/network.hpp"

namespace trainbus::ranks {
namespace {

using std::chrono::milliseconds, std::chrono::nanoseconds, std::chrono::steady_clock;
using WorkHandle = c10::intrusive_ptr<c10d::Work>;

constexpr std::size_t part_bytes = 16384, posted_ahead = 4;
constexpr int tag = 1;
constexpr milliseconds last_words(1500);  // how long the end waits for what was sent

// A message travels in parts of this head and up to part_bytes of it.
struct Head {
  std::uint32_t size = 0;      // of what follows
  std::uint32_t more = 0;      // whether the message goes on in the next part
  std::uint64_t received = 0;  // parts that the sender had received
};

nanoseconds now() { return steady_clock::now().time_since_epoch(); }

}  // namespace

class Link::Ends {
 public:
  Ends(Meeting& meeting, const std::string& name, int side, milliseconds patience)
      : other_(1 - side), heard_(now()), sent_at_(now()) {
    const auto store = c10::make_intrusive<MeetingStore>(meeting, "link/" + name + "/", patience);
    try {
      group_ = open_gloo_group(store, side, 2, meeting.address(), patience);
    } catch (const std::exception& error) {
      throw RunError("no link was opened within " + std::to_string(patience.count() / 1000) +
                         " s (" + first_line(error) + ")",
                     "ranks",
                     "Can each machine be reached at the address that it has towards the other?");
    }
  }

  ~Ends() {
    {
      std::unique_lock lock(mutex_);
      acknowledged_.wait_for(lock, last_words, [&] { return is_lost_ || outgoing_.empty(); });
    }
    close();
    outgoing_.clear();
    group_.reset();
  }

  void listen(LinkEvents events) {
    events_ = std::move(events);
    for (Incoming& part : incoming_) post(part);
    thread_ = std::thread([this] { receive(); });
  }

  void send(const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    sent_at_ = now();
    std::size_t at = 0;
    do {
      const std::size_t size = std::min(part_bytes, bytes.size() - at);
      send_part(bytes.data() + at, size, at + size < bytes.size());
      at += size;
    } while (at < bytes.size());
  }

  void close() {
    {
      const std::lock_guard lock(mutex_);
      is_lost_ = true;
      for (Incoming& part : incoming_)
        if (part.work) part.work->abort();
    }
    acknowledged_.notify_all();
    if (thread_.joinable()) thread_.join();
  }

  nanoseconds heard() const { return heard_; }
  nanoseconds sent_at() const { return sent_at_; }

 private:
  struct Incoming {
    std::vector<char> memory = std::vector<char>(sizeof(Head) + part_bytes);
    WorkHandle work;
  };
  struct Outgoing {
    std::vector<char> memory;
    WorkHandle work;
  };

  static std::vector<at::Tensor> view(std::vector<char>& memory) {
    return {at::from_blob(memory.data(), {static_cast<std::int64_t>(memory.size())}, at::kByte)};
  }

  // A shorter message than was posted for is fine with Gloo.
  void post(Incoming& part) {
    std::vector<at::Tensor> memory = view(part.memory);
    part.work = group_->recv(memory, other_, tag);
  }

  void send_part(const char* bytes, std::size_t size, bool more) {
    if (is_lost_) return;
    Outgoing& part = outgoing_.emplace_back();
    const Head head{static_cast<std::uint32_t>(size), more, received_};
    part.memory.resize(sizeof head + size);
    std::memcpy(part.memory.data(), &head, sizeof head);
    if (size > 0) std::memcpy(part.memory.data() + sizeof head, bytes, size);
    std::vector<at::Tensor> memory = view(part.memory);
    try {
      part.work = group_->send(memory, other_, tag);
      ++sent_;
    } catch (const std::exception&) {
      outgoing_.pop_back();  // the receiving side of the link says why it is gone
    }
  }

  // Frees what the other side has got: those sends are complete.
  void acknowledge(std::uint64_t received) {
    while (!outgoing_.empty() && sent_ - outgoing_.size() < received) {
      outgoing_.front().work->wait();
      outgoing_.pop_front();
    }
    if (outgoing_.empty()) acknowledged_.notify_all();
  }

  void receive() {
    std::string message;
    std::size_t next = 0;
    try {
      while (true) {
        Incoming& part = incoming_[next];
        if (!part.work->wait(std::chrono::hours(24 * 365))) return;  // closed
        heard_ = now();
        Head head;
        std::memcpy(&head, part.memory.data(), sizeof head);
        if (head.size > part_bytes) throw std::runtime_error("a part of a message is too long");
        message.append(part.memory.data() + sizeof head, head.size);
        {
          const std::lock_guard lock(mutex_);
          if (is_lost_) return;
          ++received_;
          acknowledge(head.received);
          post(part);
        }
        next = (next + 1) % incoming_.size();
        if (head.more == 0 && !message.empty()) events_.said(std::exchange(message, {}));
      }
    } catch (const std::exception& error) {
      {
        const std::lock_guard lock(mutex_);
        if (std::exchange(is_lost_, true)) return;
      }
      acknowledged_.notify_all();
      events_.lost(first_line(error));
    }
  }

  const int other_;
  c10::intrusive_ptr<c10d::ProcessGroupGloo> group_;
  LinkEvents events_;
  std::atomic<nanoseconds> heard_, sent_at_;
  std::array<Incoming, posted_ahead> incoming_;
  std::mutex mutex_;  // guards what follows, and incoming_'s work
  std::condition_variable acknowledged_;
  std::deque<Outgoing> outgoing_;          // not acknowledged, in order
  std::uint64_t sent_ = 0, received_ = 0;  // parts
  bool is_lost_ = false;
  std::thread thread_;
};

Link::Link(Meeting& meeting, const std::string& name, int side, milliseconds patience)
    : ends_(std::make_unique<Ends>(meeting, name, side, patience)) {}
Link::~Link() = default;
void Link::listen(LinkEvents events) { ends_->listen(std::move(events)); }
void Link::send(const std::string& bytes) { ends_->send(bytes); }
void Link::close() { ends_->close(); }
nanoseconds Link::last_heard() const { return ends_->heard(); }
nanoseconds Link::last_sent() const { return ends_->sent_at(); }

}  // namespace trainbus::ranks
