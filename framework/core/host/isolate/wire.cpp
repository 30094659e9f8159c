#include "core/host/isolate/wire.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

#include "core/io/error.hpp"

namespace trainbus::isolate {

std::string_view FieldReader::piece(std::uint64_t size) {
  if (size > bytes_.size()) throw RunError("a frame ends in the middle of a field", "isolate", "");
  const std::string_view found = bytes_.substr(0, size);
  bytes_.remove_prefix(size);
  return found;
}

namespace {

std::string_view view(tb_text text) { return {text.data, text.size}; }

void put_numbers(FieldWriter& to, const std::vector<double>& numbers) {
  to.put(std::string_view(reinterpret_cast<const char*>(numbers.data()),
                          numbers.size() * sizeof(double)));
}

std::vector<double> get_numbers(FieldReader& from) {
  const std::string_view bytes = from.text();
  if (bytes.size() % sizeof(double) != 0)
    throw RunError("a frame has a part of a number", "isolate", "");
  std::vector<double> numbers(bytes.size() / sizeof(double));
  if (!numbers.empty()) std::memcpy(numbers.data(), bytes.data(), bytes.size());
  return numbers;
}

}  // namespace

void put_options(FieldWriter& to, const OptionValues& values, const std::vector<Option>& schema) {
  to.put(static_cast<std::uint64_t>(schema.size()));
  for (const Option& option : schema)
    to.put(std::string_view(option.name)).put(std::string_view(values.text(option.name)));
}

void get_options(FieldReader& from, OptionValues& values) {
  for (auto left = from.number<std::uint64_t>(); left > 0; --left) {
    const std::string_view name = from.text(), value = from.text();
    if (!value.empty()) values.set(name, value, "isolate");
  }
}

void put_event(FieldWriter& to, const Event& event) {
  to.put(static_cast<std::uint32_t>(event.kind)).put(static_cast<std::uint32_t>(event.phase));
  to.put(event.attempt).put(event.step).put(event.epoch).put(event.unix_ns).put(event.run_ns);
  to.put(std::string_view(event.text));
  to.put(static_cast<std::uint64_t>(event.scalars.size()));
  for (const tb_scalar& scalar : event.scalars) to.put(view(scalar.name)).put(scalar.value);
  to.put(static_cast<std::uint64_t>(event.metrics.size()));
  for (const tb_text& name : event.metrics) to.put(view(name));
  to.put(static_cast<std::uint8_t>(event.histogram != nullptr));
  if (!event.histogram) return;
  const Histogram& h = *event.histogram;
  to.put(h.count).put(h.nonfinite).put(h.min).put(h.max).put(h.sum).put(h.sum_squares);
  put_numbers(to, h.limits);
  put_numbers(to, h.counts);
}

Event get_event(FieldReader& from) {
  Event event;
  event.kind = static_cast<EventKind>(from.number<std::uint32_t>());
  event.phase = static_cast<Phase>(from.number<std::uint32_t>());
  event.attempt = from.number<std::uint32_t>();
  event.step = from.number<std::uint64_t>();
  event.epoch = from.number<std::uint64_t>();
  event.unix_ns = from.number<std::int64_t>();
  event.run_ns = from.number<std::int64_t>();
  event.text = from.text();
  for (auto left = from.number<std::uint64_t>(); left > 0; --left) {
    const tb_text name = intern(from.text());
    event.set(name, from.number<double>());
  }
  for (auto left = from.number<std::uint64_t>(); left > 0; --left)
    event.metrics.push_back(intern(from.text()));
  if (from.number<std::uint8_t>() == 0) return event;
  const auto histogram = std::make_shared<Histogram>();
  for (double* field : {&histogram->count, &histogram->nonfinite, &histogram->min, &histogram->max,
                        &histogram->sum, &histogram->sum_squares})
    *field = from.number<double>();
  histogram->limits = get_numbers(from);
  histogram->counts = get_numbers(from);
  if (histogram->counts.size() != histogram->limits.size())
    throw RunError("a frame has a histogram of unequal columns", "isolate", "");
  event.histogram = histogram;
  return event;
}

Wire::~Wire() { ::close(fd_); }

// False: the deadline has passed.
bool Wire::wait(short events, Clock::time_point deadline, short& ready) {
  using std::chrono::milliseconds, std::chrono::duration_cast, std::chrono::ceil;
  for (;;) {
    const auto left = ceil<milliseconds>(deadline - Clock::now()).count();
    pollfd socket{fd_, events, 0};
    const int found = ::poll(&socket, 1, static_cast<int>(std::clamp<long>(left, 0, 60'000)));
    if (found > 0) return ready = socket.revents, true;
    if (found == 0 && left <= 60'000) return false;
    if (found < 0 && errno != EINTR) return closed_ = true, ready = 0, true;
  }
}

void Wire::read_some() {
  char bytes[65536];
  const ssize_t count = ::recv(fd_, bytes, sizeof bytes, MSG_DONTWAIT);
  if (count > 0)
    arrived_.append({bytes, static_cast<std::size_t>(count)});
  else if (count == 0 || (errno != EAGAIN && errno != EINTR))
    closed_ = true;
}

Wire::Sent Wire::send(Type type, std::string_view fields, Clock::time_point deadline) {
  const auto size = static_cast<std::uint32_t>(fields.size());
  std::string frame(reinterpret_cast<const char*>(&size), sizeof size);
  frame.push_back(static_cast<char>(type));
  frame.append(fields);
  for (std::string_view left = frame; !left.empty();) {
    if (closed_) return Sent::Closed;
    const ssize_t count = ::send(fd_, left.data(), left.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) {
      left.remove_prefix(static_cast<std::size_t>(count));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) {
      if (while_sending_ == WhileSending::Read && !arrived_.full())
        read_some();  // its last messages
      return Sent::Closed;
    }
    short ready = 0;
    const bool reads = while_sending_ == WhileSending::Read && !arrived_.full();
    const short events = static_cast<short>(reads ? POLLIN | POLLOUT : POLLOUT);
    if (!wait(events, deadline, ready)) return Sent::TooLate;
    if (reads && ready & (POLLIN | POLLHUP)) read_some();
  }
  return Sent::Yes;
}

std::optional<Frame> FrameBuffer::cut() {
  constexpr std::size_t head = sizeof(std::uint32_t) + 1;
  if (broken_ || arrived_.size() - used_ < head) return std::nullopt;
  std::uint32_t size = 0;
  std::memcpy(&size, arrived_.data() + used_, sizeof size);
  if (size > most_bytes) {
    broken_ = true;
    return std::nullopt;
  }
  if (arrived_.size() - used_ < head + size) return std::nullopt;
  Frame frame{static_cast<Type>(arrived_[used_ + sizeof size]),
              arrived_.substr(used_ + head, size)};
  used_ += head + size;
  if (used_ == arrived_.size() || used_ > most_bytes) {
    arrived_.erase(0, used_);
    used_ = 0;
  }
  return frame;
}

std::optional<Frame> Wire::receive(Clock::time_point deadline) {
  for (;;) {
    if (std::optional<Frame> frame = arrived_.cut()) return frame;
    if (closed()) return std::nullopt;
    short ready = 0;
    if (!wait(POLLIN, deadline, ready)) return std::nullopt;
    if (ready & (POLLIN | POLLHUP | POLLERR)) read_some();
  }
}

}  // namespace trainbus::isolate
