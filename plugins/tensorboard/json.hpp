// A JSON document as a tree, for the few things that the sink looks up in the run's description.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace trainbus::tensorboard {

struct Json {
  struct Member;
  using Array = std::vector<Json>;
  using Object = std::vector<Member>;  // in the order of the document
  std::variant<std::nullptr_t, bool, double, std::string, Array, Object> value;

  // Null if this is no object or has no such member.
  const Json* find(std::string_view key) const;
  // Null if this is of another type.
  template <class T>
  const T* as() const {
    return std::get_if<T>(&value);
  }
};

struct Json::Member {
  std::string name;
  Json value;
};

// Throws std::runtime_error on what is not JSON (RFC 8259) or is nested deeper than 64.
Json parse_json(std::string_view text);

}  // namespace trainbus::tensorboard
