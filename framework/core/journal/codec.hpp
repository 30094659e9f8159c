// Records to bytes and back. Private to the journal.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/export.hpp"
#include "core/journal/frame.hpp"
#include "core/journal/records.hpp"

namespace trainbus::journal {

// The record's whole frame replaces what frame holds; its memory is used again. Throws RunError if
// a number is too large for its field. For Header and the alternatives of Record.
template <class R>
TRAINBUS_EXPORT void encode(const R& record, std::string& frame);

// A checksum matches, but the payload is none of its kind, or the record cannot stand where it
// does.
class MalformedRecord : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The journal is of another major version.
class OtherFormat : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

Header decode_header(std::string_view payload);

// None if the kind is not known, as it may be in a journal of a later minor version. later: the
// journal's minor version is later than ours, so that fields that we do not know may follow ours.
std::optional<Record> decode(const Frame& frame, bool later);

// The number of the step whose record a whole frame holds.
std::optional<std::uint64_t> step_of(std::string_view frame);

}  // namespace trainbus::journal
