// Encodes and decodes records. Private to the journal.
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

// Replaces the content of `frame` by the record's frame; its memory is reused. Throws RunError if a
// number is too large for its field. For Header and the alternatives of Record.
template <class R>
TRAINBUS_EXPORT void encode(const R& record, std::string& frame);

// The checksum matches, but the payload is malformed, or the record is out of order.
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

// None if the kind is unknown, which is possible in a journal of a later minor version. later:
// whether the journal's minor version is later than this build's, so that unknown fields may
// follow.
std::optional<Record> decode(const Frame& frame, bool later);

// The step's number, if a whole frame contains the record of a step.
std::optional<std::uint64_t> step_of(std::string_view frame);

}  // namespace trainbus::journal
