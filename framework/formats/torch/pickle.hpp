// Python's pickle format, protocols 2 to 5: the part that holds plain data. Nothing is ever called.
// Format: pickletools.py of CPython. Internal to TorchFile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace trainbus {

// A value, as an index into its Pickle. Values may be shared, and containers may hold themselves.
using PickleId = std::uint32_t;

// A pickle that was read. A global is a name and stays one: of "call this class with these
// arguments" the class's name and the arguments are what is kept, for the reader to interpret.
class Pickle {
 public:
  enum class Kind : std::uint8_t {
    None,
    Bool,        // integer: 0 or 1
    Integer,     // integer
    Large,       // an integer beyond 64 bits: text has its little-endian bytes
    Number,      // number
    Text,        // text
    Bytes,       // text
    Tuple,       // items
    List,        // items
    Dict,        // items: key, value, key, value, …; a key may come again and then replaces
    Global,      // text: "module name"
    Call,        // items: a global, and the tuple of its arguments
    Persistent,  // items: one, what the writer called the object by
  };
  // Says whether a global may stand in the pickle. Throws otherwise, so that refusals can differ.
  using CheckGlobal = void (*)(std::string_view name, const std::string& where);

  // Reads one pickle from the beginning of the bytes, which must outlive it. Throws UsageError for
  // an opcode that plain data does not need, and for whatever check_global refuses.
  Pickle(std::span<const std::byte> bytes, CheckGlobal check_global, const std::string& where);

  PickleId top() const { return top_; }
  std::uint64_t bytes() const { return bytes_; }  // that were read

  Kind kind(PickleId id) const { return values_[id].kind; }
  bool is(PickleId id, Kind kind) const { return values_[id].kind == kind; }
  std::int64_t integer(PickleId id) const { return values_[id].integer; }
  std::string_view text(PickleId id) const { return values_[id].text; }
  // Of a container, a call or a persistent object; none of others.
  std::span<const PickleId> items(PickleId id) const;
  std::size_t size() const { return values_.size(); }  // ids are below it
  // What a call calls, "torch._utils _rebuild_tensor_v2", and with what; empty if it is none.
  std::string_view callee(PickleId id) const;
  std::span<const PickleId> arguments(PickleId id) const;
  // The value of a key of a dict; null: no such key.
  const PickleId* find(PickleId dict, std::string_view key) const;

 private:
  friend class PickleMachine;
  struct Value {
    Kind kind = Kind::None;
    std::uint32_t container = 0;  // index into containers_, of kinds with items
    std::int64_t integer = 0;
    std::string_view text = {};
  };

  std::vector<Value> values_;
  std::deque<std::vector<PickleId>> containers_;
  std::deque<std::string> names_;  // of globals whose parts stand apart in the pickle
  PickleId top_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace trainbus
