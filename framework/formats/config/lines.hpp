// Writes a config.json, one field a line, as transformers writes them.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "core/export.hpp"
#include "formats/config/config.hpp"

namespace trainbus {

class TRAINBUS_EXPORT ConfigLines {
 public:
  void raw(std::string_view key, const std::string& json);
  void field(std::string_view key, std::int64_t number) { raw(key, std::to_string(number)); }
  void field(std::string_view key, bool flag) { raw(key, flag ? "true" : "false"); }
  void field(std::string_view key, double number) { raw(key, shortest(number)); }
  void field(std::string_view key, const std::string& text);
  // As an integer, if it is one: where Python expects int.
  void whole(std::string_view key, double number);
  void field(std::string_view key, const std::optional<std::int64_t>& id) {
    raw(key, id ? std::to_string(*id) : "null");
  }
  // "id2label", and "label2id", its inverse; nothing if there are no labels.
  void labels(const std::vector<std::string>& labels);
  // The rotary embedding in the forms of v4 (rope_theta, rope_scaling) and v5 (rope_parameters).
  void rope(const ModelConfig& config);
  // "rope_scaling" as Phi-3's v4 takes it, with three fields exactly; rope() then writes none.
  void longrope_of_v4(const Rope& rope);
  // "sliding_window": null without windows.
  void window(const ModelConfig& config);
  // "layer_types", if layers have windows.
  void layer_types(const ModelConfig& config);
  // The fields whose names all families share, with the ids of special tokens.
  void common(const ModelConfig& config, const ConfigNames& names = {});

  bool has(std::string_view key) const { return keys_.contains(key); }
  std::string text() const { return "{\n" + text_ + "\n}\n"; }

  // A JSON number that stays a float: 10000.0, not 10000, since Python tells the two apart.
  static std::string shortest(double number);
  // A rotary embedding as a JSON object, with its base or without.
  static std::string rope_object(const Rope& rope, bool with_theta);

 private:
  std::string text_;
  std::set<std::string, std::less<>> keys_;
};

}  // namespace trainbus
