// Reading the JSON documents of a set of reference vectors. A set need not have them all, nor may a
// test know which cases it has: what cannot be compared is skipped by name.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/test_paths.hpp"

namespace trainbus::testing {

// Says once what of the set is not compared, and why.
inline void skip(const std::string& name, const std::string& why) {
  static std::set<std::string> said;
  if (said.insert(name + why).second) std::cout << "skipped " << name << ": " << why << std::endl;
}

// The text without the folder of the set, which only the machine knows.
inline std::string without_folder(std::string text, const std::filesystem::path& folder) {
  const std::string path = folder.string() + "/";
  for (std::size_t at = text.find(path); at != text.npos; at = text.find(path))
    text.erase(at, path.size());
  return text;
}

inline boost::json::value read_json(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path.string());
  std::stringstream text;
  text << in.rdbuf();
  return boost::json::parse(text.str());
}

// Whether the set has this file or folder; if not, it is skipped.
inline bool has_vectors(const std::string& name) {
  if (std::filesystem::exists(vectors() / name)) return true;
  skip(name, "the set does not have it");
  return false;
}

// An object's field; null: it has none, and it is skipped.
inline const boost::json::value* field_of(const boost::json::value& document,
                                          const std::string& field, const std::string& name) {
  if (const boost::json::value* found = document.as_object().if_contains(field)) return found;
  skip(name + ", " + field, "the set does not have it");
  return nullptr;
}

// The document; null: the set does not have it, and it is skipped.
inline boost::json::value vector_json(const std::string& name) {
  return has_vectors(name) ? read_json(vectors() / name) : boost::json::value();
}

inline double number(const boost::json::value& v) { return v.to_number<double>(); }

using Ids = std::vector<std::int32_t>;  // of tokens

inline Ids ids_of(const boost::json::value& value) {
  Ids ids;
  for (const boost::json::value& id : value.as_array()) ids.push_back(id.to_number<std::int32_t>());
  return ids;
}

}  // namespace trainbus::testing
