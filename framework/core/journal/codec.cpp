#include "core/journal/codec.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "core/io/error.hpp"
#include "core/journal/fields.hpp"

namespace trainbus::journal {
namespace {

constexpr std::string_view old_metrics[] = {"loss", "accuracy"};  // those of format 1.0

// Whether the metrics need no names: then the record has the shorter form of format 1.0, which
// builds of that version can read.
bool has_old_metrics(const Evaluation& e) {
  return std::ranges::equal(e.metrics, old_metrics, {}, &Evaluation::Metric::name);
}

double value_of(const Evaluation& e, std::string_view name) {
  const auto found = std::ranges::find(e.metrics, name, &Evaluation::Metric::name);
  return found == e.metrics.end() ? std::numeric_limits<double>::quiet_NaN() : found->value;
}

enum Flag : std::uint8_t { Skipped = 1, HasNorm = 2 };

class Encoder {
 public:
  explicit Encoder(std::string& frame) : out_(frame) {}

  void constant(std::string_view bytes) { out_.append(bytes); }
  void version(std::uint16_t, std::uint16_t) {}
  template <class... Number>
  void numbers(const Number&... values) {
    (put(values), ...);
  }
  void step(std::uint64_t step) { put(fitting<std::uint32_t>(step, "a step's number")); }
  void split(Split split) { put(static_cast<std::uint8_t>(split)); }
  void evaluation(const Evaluation& e) {
    for (const std::string_view name : old_metrics) put(value_of(e, name));
    numbers(e.examples, e.unix_ns, e.duration_ns);
    if (has_old_metrics(e)) return;
    put(fitting<std::uint16_t>(e.metrics.size(), "an evaluation's number of metrics"));
    for (const Evaluation::Metric& metric : e.metrics) {
      text(metric.name);
      put(metric.value);
    }
  }
  void flags(bool skipped, const std::optional<double>& norm) {
    put(static_cast<std::uint8_t>((skipped ? Skipped : 0) | (norm ? HasNorm : 0)));
  }
  template <class Count, class List>
  void count(const List& list) {
    put(fitting<Count>(list.size(), "a step's number of values"));
  }
  template <class List>
  void items(const List& list) {
    out_.append(reinterpret_cast<const char*>(list.data()),
                list.size() * sizeof(typename List::value_type));
  }
  void text(const std::string& text) {
    put(fitting<std::uint32_t>(text.size(), "the length of a text"));
    out_.append(text);
  }

 private:
  template <class Number>
  void put(Number value) {
    static_assert(std::is_arithmetic_v<Number>);
    out_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  template <class Number>
  static Number fitting(std::uint64_t value, std::string_view what) {
    constexpr std::uint64_t most = std::numeric_limits<Number>::max();
    if (value > most)
      throw RunError(std::string(what) + " is " + std::to_string(value) + ", at most " +
                         std::to_string(most) + " can be written",
                     "journal", "");
    return static_cast<Number>(value);
  }
  std::string& out_;
};

class Decoder {
 public:
  // later: unknown fields may follow, and unknown flags may be set.
  explicit Decoder(std::string_view payload, bool later) : left_(payload), later_(later) {}

  void constant(std::string_view bytes) {
    if (piece(bytes.size()) != bytes) throw MalformedRecord("it does not begin as it should");
  }
  void version(std::uint16_t major, std::uint16_t minor) {
    if (major != major_version)
      throw OtherFormat("its format is " + std::to_string(major) + "." + std::to_string(minor) +
                        ", this build reads " + std::to_string(major_version) + "." +
                        std::to_string(minor_version));
    later_ = minor > minor_version;
  }
  template <class... Number>
  void numbers(Number&... values) {
    ((values = get<Number>()), ...);
  }
  void step(std::uint64_t& step) { step = get<std::uint32_t>(); }
  void split(Split& split) {
    const auto value = get<std::uint8_t>();
    if (value > static_cast<std::uint8_t>(Split::Test))
      throw MalformedRecord("it has the unknown split " + std::to_string(value));
    split = static_cast<Split>(value);
  }
  void evaluation(Evaluation& e) {
    for (const std::string_view name : old_metrics)
      e.metrics.push_back({std::string(name), get<double>()});
    numbers(e.examples, e.unix_ns, e.duration_ns);
    if (left_.empty()) return;
    e.metrics.clear();
    for (auto count = get<std::uint16_t>(); count > 0; --count) {
      Evaluation::Metric& metric = e.metrics.emplace_back();
      text(metric.name);
      numbers(metric.value);
    }
  }
  void flags(bool& skipped, std::optional<double>& norm) {
    const auto value = get<std::uint8_t>();
    if (value & ~(Skipped | HasNorm) && !later_)
      throw MalformedRecord("it has the unknown flags " + std::to_string(value));
    skipped = value & Skipped;
    if (value & HasNorm) norm = 0;
  }
  // Reserves memory only if so many values can follow.
  template <class Count, class List>
  void count(List& list) {
    const auto value = get<Count>();
    if (value > left_.size() / sizeof(typename List::value_type))
      throw MalformedRecord("it announces more values than it has");
    list.resize(value);
  }
  template <class List>
  void items(List& list) {
    const std::string_view bytes = piece(list.size() * sizeof(typename List::value_type));
    if (!bytes.empty()) std::memcpy(list.data(), bytes.data(), bytes.size());
  }
  void text(std::string& text) { text = piece(get<std::uint32_t>()); }

  void end() const {
    if (!left_.empty() && !later_)
      throw MalformedRecord(std::to_string(left_.size()) + " bytes follow its last field");
  }

 private:
  template <class Number>
  Number get() {
    Number value;
    std::memcpy(&value, piece(sizeof value).data(), sizeof value);
    return value;
  }
  std::string_view piece(std::size_t size) {
    if (size > left_.size()) throw MalformedRecord("it ends within a field");
    const std::string_view bytes = left_.substr(0, size);
    left_.remove_prefix(size);
    return bytes;
  }
  std::string_view left_;
  bool later_;
};

template <class R>
constexpr Kind kind_of() {
  if constexpr (std::is_same_v<R, Header>) return Kind::Header;
  if constexpr (std::is_same_v<R, Attempt>) return Kind::Attempt;
  if constexpr (std::is_same_v<R, Step>) return Kind::Step;
  if constexpr (std::is_same_v<R, Evaluation>) return Kind::Evaluation;
  if constexpr (std::is_same_v<R, Save>) return Kind::Save;
  if constexpr (std::is_same_v<R, Hash>) return Kind::Hash;
  if constexpr (std::is_same_v<R, Request>) return Kind::Request;
  if constexpr (std::is_same_v<R, End>) return Kind::End;
}

template <class R>
R decode_as(std::string_view payload, bool later) {
  Decoder decoder(payload, later);
  R record;
  fields(decoder, record);
  decoder.end();
  return record;
}

}  // namespace

template <class R>
void encode(const R& record, std::string& frame) {
  frame.assign(frame_head_bytes, '\0');
  Encoder encoder(frame);
  fields(encoder, record);
  seal(kind_of<R>(), frame);
}
template TRAINBUS_EXPORT void encode(const Header&, std::string&);
template TRAINBUS_EXPORT void encode(const Attempt&, std::string&);
template TRAINBUS_EXPORT void encode(const Step&, std::string&);
template TRAINBUS_EXPORT void encode(const Evaluation&, std::string&);
template TRAINBUS_EXPORT void encode(const Save&, std::string&);
template TRAINBUS_EXPORT void encode(const Hash&, std::string&);
template TRAINBUS_EXPORT void encode(const Request&, std::string&);
template TRAINBUS_EXPORT void encode(const End&, std::string&);

Header decode_header(std::string_view payload) { return decode_as<Header>(payload, false); }

std::optional<std::uint64_t> step_of(std::string_view frame) {
  if (static_cast<Kind>(frame[frame_head_bytes - 1]) != Kind::Step) return std::nullopt;
  std::uint64_t step = 0;
  Decoder(frame.substr(frame_head_bytes), false).step(step);
  return step;
}

std::optional<Record> decode(const Frame& frame, bool later) {
  switch (frame.kind) {
    case Kind::Header:
      throw MalformedRecord("it is a second header");
    case Kind::Attempt:
      return decode_as<Attempt>(frame.payload, later);
    case Kind::Step:
      return decode_as<Step>(frame.payload, later);
    case Kind::Evaluation:
      return decode_as<Evaluation>(frame.payload, later);
    case Kind::Save:
      return decode_as<Save>(frame.payload, later);
    case Kind::Hash:
      return decode_as<Hash>(frame.payload, later);
    case Kind::Request:
      return decode_as<Request>(frame.payload, later);
    case Kind::End:
      return decode_as<End>(frame.payload, later);
  }
  if (!later) throw MalformedRecord("it is of no known kind");
  return std::nullopt;
}

}  // namespace trainbus::journal
