#include "formats/torch/pickle.hpp"

#include <array>
#include <unordered_map>
#include <utility>

#include "core/io/error.hpp"
#include "formats/byte_reader.hpp"
#include "formats/quoted_name.hpp"
#include "formats/torch/pickle_opcodes.hpp"

namespace trainbus {

using Kind = Pickle::Kind;

namespace {

// Several for every tensor of the largest models.
constexpr std::size_t most_values = std::size_t{1} << 22;
constexpr std::string_view ordered_dict = "collections OrderedDict";
constexpr std::string_view what = "its pickle";

bool has_items(Kind kind) {
  return kind == Kind::Tuple || kind == Kind::List || kind == Kind::Dict || kind == Kind::Call ||
         kind == Kind::Persistent;
}

}  // namespace

// The stack machine that pickles are programs for.
class PickleMachine {
 public:
  PickleMachine(Pickle& pickle, std::span<const std::byte> bytes, Pickle::CheckGlobal check_global,
                const std::string& where)
      : pickle_(pickle), reader_(bytes, where), check_global_(check_global) {
    none_ = add({.kind = Kind::None});
    bools_[0] = add({.kind = Kind::Bool, .integer = 0});
    bools_[1] = add({.kind = Kind::Bool, .integer = 1});
  }

  void run() {
    for (;;) {
      opcode_ = reader_.read<std::uint8_t>(what);
      if (opcode_ == static_cast<std::uint8_t>(PickleOp::Stop)) break;
      if (!push_scalar() && !push_text() && !build_container() && !remember()) act();
    }
    pickle_.top_ = pop();
    pickle_.bytes_ = reader_.position();
  }

 private:
  [[noreturn]] void refuse(const std::string& found) const {
    throw UsageError(found, reader_.where(),
                     "The file is damaged, or none of PyTorch's; get it again from its source.");
  }
  std::string here() const { return " at byte " + std::to_string(reader_.position() - 1); }

  PickleId add(Pickle::Value value) {
    if (pickle_.values_.size() == most_values)
      refuse("has a pickle of more than " + std::to_string(most_values) + " values");
    if (has_items(value.kind)) {
      value.container = static_cast<std::uint32_t>(pickle_.containers_.size());
      pickle_.containers_.emplace_back();
    }
    pickle_.values_.push_back(value);
    return static_cast<PickleId>(pickle_.values_.size() - 1);
  }
  std::vector<PickleId>& items(PickleId id) {
    return pickle_.containers_[pickle_.values_[id].container];
  }

  void push(PickleId id) { stack_.push_back(id); }
  PickleId pop() {
    const std::size_t floor = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() <= floor) refuse("has a pickle that takes more than it gave" + here());
    const PickleId id = stack_.back();
    stack_.pop_back();
    return id;
  }
  PickleId& peek() {
    const PickleId id = pop();
    stack_.push_back(id);
    return stack_.back();
  }
  // The values behind the last mark.
  std::vector<PickleId> pop_to_mark() {
    if (marks_.empty()) refuse("has a pickle without the mark that it goes back to" + here());
    const auto begin = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
    std::vector<PickleId> taken(begin, stack_.end());
    stack_.erase(begin, stack_.end());
    marks_.pop_back();
    return taken;
  }

  bool push_scalar();
  bool push_text();
  bool build_container();
  bool remember();
  void act();

  void push_integer(std::int64_t value) { push(add({.kind = Kind::Integer, .integer = value})); }
  void push_long(std::string_view bytes);
  void push_string(Kind kind, std::uint64_t size) {
    push(add({.kind = kind, .text = reader_.text(size, what)}));
  }
  void push_container(Kind kind, std::vector<PickleId> values) {
    const PickleId id = add({.kind = kind});
    items(id) = std::move(values);
    push(id);
  }
  void push_tuple(std::size_t count) {
    std::vector<PickleId> values(count);
    for (std::size_t i = count; i-- > 0;) values[i] = pop();
    push_container(Kind::Tuple, std::move(values));
  }
  void extend(Kind kind, std::span<const PickleId> values);
  std::string_view read_line();
  void push_global(std::string_view module, std::string_view name);
  void reduce();
  void build();
  void get(std::uint32_t place);

  Pickle& pickle_;
  ByteReader reader_;
  Pickle::CheckGlobal check_global_;
  std::uint8_t opcode_ = 0;
  PickleId none_ = 0, bools_[2] = {};
  std::vector<PickleId> stack_;
  std::vector<std::size_t> marks_;
  std::uint64_t pairs_ = 0;
  std::unordered_map<std::uint32_t, PickleId> memo_;
};

void PickleMachine::push_long(std::string_view bytes) {
  if (bytes.size() > sizeof(std::int64_t)) return push(add({.kind = Kind::Large, .text = bytes}));
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    number |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  const unsigned unused = 64 - 8 * static_cast<unsigned>(bytes.size());
  if (unused == 64) return push_integer(0);
  push_integer(static_cast<std::int64_t>(number << unused) >> unused);  // with its sign
}

bool PickleMachine::push_scalar() {
  switch (static_cast<PickleOp>(opcode_)) {
    case PickleOp::None:
      push(none_);
      return true;
    case PickleOp::NewTrue:
    case PickleOp::NewFalse:
      push(bools_[opcode_ == static_cast<std::uint8_t>(PickleOp::NewTrue)]);
      return true;
    case PickleOp::BinInt:
      push_integer(reader_.read<std::int32_t>(what));
      return true;
    case PickleOp::BinInt1:
      push_integer(reader_.read<std::uint8_t>(what));
      return true;
    case PickleOp::BinInt2:
      push_integer(reader_.read<std::uint16_t>(what));
      return true;
    case PickleOp::Long1:
      push_long(reader_.text(reader_.read<std::uint8_t>(what), what));
      return true;
    case PickleOp::BinFloat:  // big-endian, and nobody here needs its value
      push_string(Kind::Number, 8);
      return true;
    default:
      return false;
  }
}

bool PickleMachine::push_text() {
  switch (static_cast<PickleOp>(opcode_)) {
    case PickleOp::BinString:  // of Python 2, where names were such
    case PickleOp::BinUnicode:
      push_string(Kind::Text, reader_.read<std::uint32_t>(what));
      return true;
    case PickleOp::ShortBinString:
    case PickleOp::ShortBinUnicode:
      push_string(Kind::Text, reader_.read<std::uint8_t>(what));
      return true;
    case PickleOp::BinUnicode8:
      push_string(Kind::Text, reader_.read<std::uint64_t>(what));
      return true;
    case PickleOp::BinBytes:
      push_string(Kind::Bytes, reader_.read<std::uint32_t>(what));
      return true;
    case PickleOp::ShortBinBytes:
      push_string(Kind::Bytes, reader_.read<std::uint8_t>(what));
      return true;
    default:
      return false;
  }
}

bool PickleMachine::build_container() {
  switch (static_cast<PickleOp>(opcode_)) {
    case PickleOp::Mark:
      marks_.push_back(stack_.size());
      return true;
    case PickleOp::EmptyTuple:
      push_tuple(0);
      return true;
    case PickleOp::Tuple1:
      push_tuple(1);
      return true;
    case PickleOp::Tuple2:
      push_tuple(2);
      return true;
    case PickleOp::Tuple3:
      push_tuple(3);
      return true;
    case PickleOp::Tuple:
      push_container(Kind::Tuple, pop_to_mark());
      return true;
    case PickleOp::EmptyList:
      push_container(Kind::List, {});
      return true;
    case PickleOp::EmptyDict:
      push_container(Kind::Dict, {});
      return true;
    case PickleOp::Append:
      extend(Kind::List, std::array{pop()});
      return true;
    case PickleOp::Appends:
      extend(Kind::List, pop_to_mark());
      return true;
    case PickleOp::SetItem: {
      const PickleId value = pop(), key = pop();
      extend(Kind::Dict, std::array{key, value});
      return true;
    }
    case PickleOp::SetItems:
      extend(Kind::Dict, pop_to_mark());
      return true;
    default:
      return false;
  }
}

void PickleMachine::extend(Kind kind, std::span<const PickleId> values) {
  const PickleId to = peek();
  if (!pickle_.is(to, kind) || (kind == Kind::Dict && values.size() % 2 != 0))
    refuse("has a pickle that adds to what is no " +
           std::string(kind == Kind::Dict ? "dict" : "list") + here());
  std::vector<PickleId>& all = items(to);
  all.insert(all.end(), values.begin(), values.end());
}

bool PickleMachine::remember() {
  switch (static_cast<PickleOp>(opcode_)) {
    case PickleOp::BinPut:
      memo_[reader_.read<std::uint8_t>(what)] = peek();
      return true;
    case PickleOp::LongBinPut:
      memo_[reader_.read<std::uint32_t>(what)] = peek();
      return true;
    case PickleOp::Memoize:
      memo_[static_cast<std::uint32_t>(memo_.size())] = peek();
      return true;
    case PickleOp::BinGet:
      get(reader_.read<std::uint8_t>(what));
      return true;
    case PickleOp::LongBinGet:
      get(reader_.read<std::uint32_t>(what));
      return true;
    default:
      return false;
  }
}

void PickleMachine::get(std::uint32_t place) {
  const auto found = memo_.find(place);
  if (found == memo_.end())
    refuse("has a pickle that asks for value " + std::to_string(place) + " before it is there");
  push(found->second);
}

std::string_view PickleMachine::read_line() {
  ByteReader ahead = reader_;
  std::uint64_t length = 0;
  while (ahead.read<char>(what) != '\n') ++length;
  const std::string_view line = reader_.text(length, what);
  reader_.take(1, what);
  return line;
}

void PickleMachine::push_global(std::string_view module, std::string_view name) {
  pickle_.names_.push_back(std::string(module) + " " + std::string(name));
  check_global_(pickle_.names_.back(), reader_.where());
  push(add({.kind = Kind::Global, .text = pickle_.names_.back()}));
}

// A class or function, called with a tuple of arguments. An OrderedDict is a dict from here on;
// Python 2 gives it a list of pairs.
void PickleMachine::reduce() {
  const PickleId arguments = pop(), callee = pop();
  if (!pickle_.is(callee, Kind::Global) || !pickle_.is(arguments, Kind::Tuple))
    refuse("has a pickle that calls what is no name" + here());
  if (pickle_.text(callee) != ordered_dict) return push_container(Kind::Call, {callee, arguments});
  std::vector<PickleId> pairs;
  for (const PickleId list : pickle_.items(arguments))
    for (const PickleId pair : pickle_.items(list)) {
      const std::span<const PickleId> both = pickle_.items(pair);
      if (both.size() != 2) refuse("has a pickle with a dict of what are no pairs" + here());
      pairs.insert(pairs.end(), both.begin(), both.end());
      // Every pair took some bytes to write, unless one list is made a dict again and again.
      if (++pairs_ > reader_.position()) refuse("has a pickle that repeats itself" + here());
    }
  push_container(Kind::Dict, std::move(pairs));
}

// Attributes of an OrderedDict: PyTorch gives its state dicts "_metadata".
void PickleMachine::build() {
  pop();
  if (!pickle_.is(peek(), Kind::Dict))
    refuse("has a pickle that sets attributes of what is no dict" + here());
}

void PickleMachine::act() {
  switch (static_cast<PickleOp>(opcode_)) {
    case PickleOp::Proto: {
      const auto protocol = reader_.read<std::uint8_t>(what);
      if (protocol < 2 || protocol > 5)
        refuse("has a pickle of protocol " + std::to_string(protocol) + ", read are 2 to 5");
      return;
    }
    case PickleOp::Frame:  // how much follows; only for reading ahead
      reader_.read<std::uint64_t>(what);
      return;
    case PickleOp::Global: {
      const std::string_view module = read_line();
      return push_global(module, read_line());
    }
    case PickleOp::StackGlobal: {
      const PickleId name = pop(), module = pop();
      if (!pickle_.is(name, Kind::Text) || !pickle_.is(module, Kind::Text))
        refuse("has a pickle that names a class by what is no text" + here());
      return push_global(pickle_.text(module), pickle_.text(name));
    }
    case PickleOp::Reduce:
      return reduce();
    case PickleOp::Build:
      return build();
    case PickleOp::BinPersId:
      return push_container(Kind::Persistent, {pop()});
    default:
      break;
  }
  const std::string_view name = foreign_opcode_name(opcode_);
  if (name.empty())
    refuse("has a pickle with the byte " + std::to_string(opcode_) + here() +
           ", which is no opcode");
  throw UsageError("has a pickle with the opcode " + std::string(name) + here() +
                       ", which no dict of tensors needs; nothing of it was run",
                   reader_.where(), "Take safetensors weights from a source that you trust.");
}

Pickle::Pickle(std::span<const std::byte> bytes, CheckGlobal check_global,
               const std::string& where) {
  PickleMachine(*this, bytes, check_global, where).run();
}

std::span<const PickleId> Pickle::items(PickleId id) const {
  const Value& value = values_[id];
  if (!has_items(value.kind)) return {};
  return containers_[value.container];
}

std::string_view Pickle::callee(PickleId id) const {
  return is(id, Kind::Call) ? text(items(id)[0]) : std::string_view();
}

std::span<const PickleId> Pickle::arguments(PickleId id) const {
  return is(id, Kind::Call) ? items(items(id)[1]) : std::span<const PickleId>();
}

const PickleId* Pickle::find(PickleId dict, std::string_view key) const {
  const std::span<const PickleId> all = items(dict);
  for (std::size_t i = all.size(); i >= 2; i -= 2)
    if (is(all[i - 2], Kind::Text) && text(all[i - 2]) == key) return &all[i - 1];
  return nullptr;
}

}  // namespace trainbus
