// The one way to declare an option, for observers, optimizers, tasks and verbs:
//
//     option::real("lr", "1e-6", "peak learning rate").min(0).max(1000)
//     option::choice("mode", "auto", "which way is better", {"auto", "min", "max"})
//     option::path("path", "run.jsonl", "file to write")
//
// Each is a constant: name in kebab-case, default as it would be typed (an empty one is not set),
// one line of help without a full stop.
#pragma once

#include <trainbus/plugin.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <limits>

namespace trainbus {
inline namespace plugin_v1 {
namespace option {

// The result of the functions below. Converts to any type with the members name, type, fallback,
// help, min, max, choices and flags, such as the SDK's and the host's Option.
class Schema {
 public:
  static constexpr int max_choices = 16;

  constexpr Schema(const char* type, const char* name, const char* fallback, const char* help)
      : name_(name), type_(type), fallback_(fallback), help_(help) {}

  // The closed range of an integer, real or duration (in seconds); infinity is never in it.
  constexpr Schema min(double least) const {
    Schema bounded = *this;
    if (min_ > max_) bounded.max_ = std::numeric_limits<double>::max();
    bounded.min_ = least;
    return bounded;
  }
  constexpr Schema max(double most) const {
    Schema bounded = *this;
    if (min_ > max_) bounded.min_ = std::numeric_limits<double>::lowest();
    bounded.max_ = most;
    return bounded;
  }
  // The option is required.
  constexpr Schema required() const { return with(TB_OPTION_REQUIRED); }
  // The option may be given more than once.
  constexpr Schema repeatable() const { return with(TB_OPTION_REPEATABLE); }
  // Its value is not recorded.
  constexpr Schema secret() const { return with(TB_OPTION_SECRET); }

  constexpr Schema with_choices(std::initializer_list<const char*> choices) const {
    Schema choosing = *this;
    // More than fit is an error while compiling.
    for (std::size_t i = 0; const char* choice : choices) choosing.choices_[i++] = choice;
    return choosing;
  }

  template <class Option>
  requires requires(Option o) { o.fallback = nullptr, o.choices, o.help = nullptr; }
  constexpr operator Option() const {
    Option result{};
    result.name = name_;
    result.type = type_;
    result.fallback = fallback_;
    result.help = help_;
    result.min = min_;
    result.max = max_;
    result.flags = flags_;
    for (std::size_t i = 0; choices_[i]; ++i) {
      if constexpr (requires { result.choices.push_back(choices_[i]); })
        result.choices.push_back(choices_[i]);
      else
        result.choices[i] = choices_[i];
    }
    return result;
  }

  // For the C interface; points into this object, which has to be static.
  constexpr tb_option lower() const {
    return {.size = sizeof(tb_option),
            .flags = flags_,
            .name = name_,
            .type = type_,
            .fallback = fallback_,
            .help = help_,
            .min = min_,
            .max = max_,
            .choices = choices_[0] ? choices_ : nullptr};
  }

 private:
  constexpr Schema with(std::uint32_t flag) const {
    Schema flagged = *this;
    flagged.flags_ |= flag;
    return flagged;
  }

  const char *name_, *type_, *fallback_, *help_;
  const char* choices_[max_choices + 1] = {};
  double min_ = 1, max_ = 0;  // min > max: no bound
  std::uint32_t flags_ = 0;
};

constexpr Schema flag(const char* name, const char* fallback, const char* help) {
  return {"bool", name, fallback, help};
}
constexpr Schema integer(const char* name, const char* fallback, const char* help) {
  return {"int", name, fallback, help};
}
constexpr Schema real(const char* name, const char* fallback, const char* help) {
  return {"real", name, fallback, help};
}
constexpr Schema text(const char* name, const char* fallback, const char* help) {
  return {"text", name, fallback, help};
}
constexpr Schema path(const char* name, const char* fallback, const char* help) {
  return {"path", name, fallback, help};
}
// As it would be typed: 250ms, 30s, 5m, 2h.
constexpr Schema duration(const char* name, const char* fallback, const char* help) {
  return {"duration", name, fallback, help};
}
constexpr Schema choice(const char* name, const char* fallback, const char* help,
                        std::initializer_list<const char*> choices) {
  return Schema("choice", name, fallback, help).with_choices(choices);
}

// A constant array of schemas in the C interface's form, for descriptions in C, such as
// optimizers'.
//
//     inline constexpr option::Schema options[] = {option::real("lr", "0.1", "learning rate")};
//     … option::Table<options>::pointers.data() …
template <const auto& schemas>
struct Table {
  static constexpr auto lowered = [] {
    std::array<tb_option, std::size(schemas)> table{};
    for (std::size_t i = 0; i < table.size(); ++i) table[i] = schemas[i].lower();
    return table;
  }();
  static constexpr auto pointers = [] {
    std::array<const tb_option*, std::size(schemas)> result{};
    for (std::size_t i = 0; i < result.size(); ++i) result[i] = &lowered[i];
    return result;
  }();
};

}  // namespace option
}  // namespace plugin_v1
}  // namespace trainbus
