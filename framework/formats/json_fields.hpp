// The fields of a JSON object that have to be right: what is not is refused with file, key, found
// and expected. (JsonView is for what may be otherwise.)
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/export.hpp"
#include "core/io/json.hpp"

namespace trainbus {

// A view: the object must outlive it. A key whose value is null counts as absent. All accessors
// throw UsageError if the value has another type or is out of range; those without fallback also if
// absent.
class TRAINBUS_EXPORT JsonFields {
 public:
  // where: the file. path: the prefix of keys in messages, "model." or empty.
  JsonFields(const boost::json::value& value, std::string where, std::string path = {});

  const boost::json::value* find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }

  std::string text(std::string_view key) const;
  std::string text(std::string_view key, std::string_view fallback) const;
  std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max) const;
  std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max,
                       std::int64_t fallback) const;
  double number(std::string_view key, double fallback) const;
  bool flag(std::string_view key, bool fallback) const;
  JsonFields object(std::string_view key) const;
  const boost::json::array& array(std::string_view key) const;
  const boost::json::object& members() const { return *object_; }

  // Refuses the value of key: "model.type" is "Unigram", expected …
  [[noreturn]] void refuse(std::string_view key, std::string_view expected,
                           std::string_view remedy = "Correct the file.") const;
  const std::string& where() const { return where_; }

 private:
  const boost::json::object* object_;
  std::string where_;
  std::string path_;
};

}  // namespace trainbus
