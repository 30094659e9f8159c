// JSON: the one strict parser, for files that nobody vouches for, and the one way to look into what
// it gives: what is missing or of another type is simply not there.
#pragma once

#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/export.hpp"

namespace trainbus {

// Python writes NaN, Infinity and -Infinity, which JSON does not have: refused as bad syntax, or
// taken as strings of these words, so that nobody reads them as numbers, or as null.
enum class PythonNumbers { Refused, AsText, AsNull };

struct JsonLimits {
  std::size_t depth = 32;
  std::size_t values = std::size_t{1} << 24;  // of all kinds, in the whole document
  PythonNumbers python_numbers = PythonNumbers::Refused;
};

// Parses one JSON document (UTF-8). Numbers are exact, unlike those of Boost.JSON's own parser.
// Throws UsageError naming `where`, the place and what was found there: bad syntax, bad UTF-8, a
// key that occurs twice in one object, or more than the limits allow.
TRAINBUS_EXPORT boost::json::value parse_json(std::string_view text, std::string_view where,
                                              const JsonLimits& limits = {});

// The same for texts that may be damaged and are then left alone: nothing instead of an exception.
TRAINBUS_EXPORT std::optional<boost::json::value> try_parse_json(std::string_view text,
                                                                 const JsonLimits& limits = {});

// JSON text with Python's words replaced, outside of strings; see PythonNumbers.
TRAINBUS_EXPORT std::string replace_python_numbers(std::string_view text, PythonNumbers by);

// A JSON value as short text for a message.
TRAINBUS_EXPORT std::string json_excerpt(const boost::json::value& value);

// Boost.JSON 1.81, which read the records of earlier builds, may have left their decimals one unit
// in the last place beside what was written, each time that a record was read and written again.
TRAINBUS_EXPORT bool is_same_but_for_the_last_place(double a, double b);

// A place in a document, or none. Of what is not there nothing is there either, so that paths need
// no checks on the way: JsonView(run)["end"]["kind"].text(). The document must outlive the view.
class TRAINBUS_EXPORT JsonView {
 public:
  JsonView() = default;
  JsonView(const boost::json::value& value) : value_(&value), object_(value.if_object()) {}
  JsonView(const boost::json::object& object) : object_(&object) {}
  JsonView(boost::json::value&&) = delete;

  // The member of an object.
  JsonView operator[](std::string_view key) const;

  // Whether there is a value, null included. Where there is one and the accessor of a type gives
  // nothing, it is of another type.
  bool exists() const { return value_ || object_; }
  bool is_null() const { return value_ && value_->is_null(); }
  bool is_object() const { return object_; }
  bool is_array() const { return value_ && value_->is_array(); }
  const boost::json::value* value() const { return value_; }  // null also for a bare object

  std::optional<std::string_view> text() const;
  std::string text_or(std::string_view fallback) const {
    return std::string(text().value_or(fallback));
  }
  // Also 256.0, as some writers have it. Not what lies beyond int64, nor beyond 2^53 as a decimal,
  // where not every whole number can be told from the next.
  std::optional<std::int64_t> integer() const;
  std::optional<double> real() const;  // of any number
  std::optional<bool> flag() const;
  // Empty for what is none.
  const boost::json::object& members() const;
  const boost::json::array& elements() const;

 private:
  const boost::json::value* value_ = nullptr;
  const boost::json::object* object_ = nullptr;
};

}  // namespace trainbus
