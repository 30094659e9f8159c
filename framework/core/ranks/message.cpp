#include "core/ranks/message.hpp"

#include <cstring>
#include <type_traits>
#include <utility>

#include "core/io/error.hpp"

namespace trainbus::ranks {
namespace {

class Writer {
 public:
  explicit Writer(std::string& out) : out_(out) {}
  template <class Number>
  requires std::is_arithmetic_v<Number>
  void field(Number value) { out_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void field(Enum value) { field(static_cast<std::uint8_t>(value)); }
  void field(const std::string& text) {
    field(static_cast<std::uint64_t>(text.size()));
    out_.append(text);
  }
  template <class Number>
  void field(const std::vector<Number>& list) {
    field(static_cast<std::uint64_t>(list.size()));
    out_.append(reinterpret_cast<const char*>(list.data()), list.size() * sizeof(Number));
  }

 private:
  std::string& out_;
};

[[noreturn]] void malformed(const std::string& what) {
  throw RunError("a message of another process is malformed: " + what, "ranks",
                 "Does something else use this port? Give another one by --leader HOST:PORT.");
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : left_(bytes) {}
  bool at_end() const { return left_.empty(); }
  template <class Number>
  requires std::is_arithmetic_v<Number>
  void field(Number& value) {
    if constexpr (std::is_same_v<Number, bool>) {
      std::uint8_t byte = 0;
      field(byte);
      if (byte > 1) malformed("a truth value is " + std::to_string(byte));
      value = byte == 1;
    } else {
      std::memcpy(&value, piece(sizeof value).data(), sizeof value);
    }
  }
  void field(End::How& how) {
    std::uint8_t value = 0;
    field(value);
    if (value > static_cast<std::uint8_t>(End::How::Anew))
      malformed("it ends in the unknown way " + std::to_string(value));
    how = static_cast<End::How>(value);
  }
  void field(std::string& text) {
    const std::uint64_t size = length(1);
    text = piece(size);
  }
  template <class Number>
  void field(std::vector<Number>& list) {
    const std::uint64_t count = length(sizeof(Number));
    const std::string_view bytes = piece(count * sizeof(Number));
    list.resize(count);
    if (!bytes.empty()) std::memcpy(list.data(), bytes.data(), bytes.size());
  }

 private:
  std::uint64_t length(std::size_t each) {
    std::uint64_t count = 0;
    field(count);
    if (count > left_.size() / each) malformed("it announces more than it has");
    return count;
  }
  std::string_view piece(std::size_t size) {
    if (size > left_.size()) malformed("it ends within a field");
    const std::string_view bytes = left_.substr(0, size);
    left_.remove_prefix(size);
    return bytes;
  }
  std::string_view left_;
};

// The fields of each message, once for both directions.
template <class Codec, class Hand_>
void hand(Codec& c, Hand_& h) {
  c.field(h.hands);
  c.field(h.hand);
}
template <class Codec, class Numbers_>
void numbers(Codec& c, Numbers_& n) {
  c.field(n.counts);
  c.field(n.values);
}
template <class Codec, class M>
void fields(Codec& c, M& m) {
  using Type = std::remove_const_t<M>;
  if constexpr (std::is_same_v<Type, Deal>) {
    c.field(m.round);
    hand(c, m.hand);
  } else if constexpr (std::is_same_v<Type, Result>) {
    c.field(m.round);
    c.field(m.given_up);
    numbers(c, m.numbers);
  } else if constexpr (std::is_same_v<Type, Again>) {
    c.field(m.round);
    c.field(m.items);
  } else if constexpr (std::is_same_v<Type, Evaluate>) {
    c.field(m.round);
    c.field(m.split);
    hand(c, m.hand);
  } else if constexpr (std::is_same_v<Type, Records>) {
    c.field(m.step);
    c.field(m.frames);
  } else if constexpr (std::is_same_v<Type, End>) {
    c.field(m.how);
    c.field(m.reason);
  } else if constexpr (std::is_same_v<Type, Ready>) {
    c.field(m.step);
  } else if constexpr (std::is_same_v<Type, Answer>) {
    c.field(m.round);
    c.field(m.check);
    c.field(m.items);
    numbers(c, m.numbers);
  } else if constexpr (std::is_same_v<Type, Leave>) {
    c.field(m.why);
  }
}

void check(const Hand& hand) {
  if (hand.hands == 0 || hand.hand > hand.hands) malformed("it deals no hand");
}

void check(const Numbers& numbers) {
  std::uint64_t count = 0;
  for (const std::uint32_t each : numbers.counts) count += each;
  if (count != numbers.values.size())
    malformed("it has " + std::to_string(numbers.values.size()) + " numbers for " +
              std::to_string(count));
}

template <class M>
void check_message(const M& message) {
  if constexpr (requires { message.hand; }) check(message.hand);
  if constexpr (requires { message.numbers; }) check(message.numbers);
  if constexpr (std::is_same_v<M, Answer>)
    if (message.items.size() != message.numbers.counts.size())
      malformed("it has numbers of " + std::to_string(message.numbers.counts.size()) +
                " items for " + std::to_string(message.items.size()));
}

template <std::size_t Index = 0>
Message read(std::uint8_t type, Reader& reader) {
  if constexpr (Index == std::variant_size_v<Message>) {
    malformed("it is of the unknown kind " + std::to_string(type));
  } else {
    if (type != Index) return read<Index + 1>(type, reader);
    std::variant_alternative_t<Index, Message> message;
    fields(reader, message);
    check_message(message);
    return message;
  }
}

}  // namespace

void append(const Message& message, std::string& bytes) {
  Writer writer(bytes);
  writer.field(static_cast<std::uint8_t>(message.index()));
  std::visit([&](const auto& m) { fields(writer, m); }, message);
}

std::string bytes_of(const Message& message) {
  std::string bytes;
  append(message, bytes);
  return bytes;
}

std::vector<Message> messages_in(std::string_view bytes) {
  Reader reader(bytes);
  std::vector<Message> messages;
  while (!reader.at_end()) {
    std::uint8_t type = 0;
    reader.field(type);
    Message message = read(type, reader);
    const bool repeats = !messages.empty() && std::holds_alternative<Alive>(message) &&
                         std::holds_alternative<Alive>(messages.back());
    if (!repeats) messages.push_back(std::move(message));
  }
  return messages;
}

}  // namespace trainbus::ranks
