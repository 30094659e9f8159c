// What a plugin's class declares in static members, as the C descriptions need it; and how a C
// function of a plugin reports a failure. Shared by observers and rewards.
#pragma once

#include <trainbus/plugin/host.hpp>
#include <trainbus/plugin/option.hpp>
#include <trainbus/plugin/utf8.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <iterator>
#include <string_view>

namespace trainbus {
inline namespace plugin_v1 {
namespace detail {

inline void set_error(tb_error* error, std::string_view message) noexcept {
  const std::size_t size = utf8_cut(message, sizeof error->message - 1);
  std::memcpy(error->message, message.data(), size);
  error->message[size] = '\0';
}

// No exception leaves the plugin.
template <class Function>
tb_status guarded(tb_error* error, Function&& function) noexcept {
  try {
    function();
    return TB_OK;
  } catch (const std::exception& thrown) {
    set_error(error, thrown.what());
  } catch (...) {
    set_error(error, "an exception that is not a std::exception");
  }
  return TB_FAILED;
}

// T is the author's class: each member is as declared there, or a default.
template <class T>
struct Declared {
  static constexpr std::size_t option_count() {
    if constexpr (requires { T::options; })
      return std::size(T::options);
    else
      return 0;
  }
  static constexpr auto option_table = [] {
    std::array<tb_option, option_count()> table{};
    if constexpr (option_count() > 0)
      for (std::size_t i = 0; i < table.size(); ++i) table[i] = lower(T::options[i]);
    return table;
  }();
  static constexpr auto option_pointers = [] {
    std::array<const tb_option*, option_count()> pointers{};
    for (std::size_t i = 0; i < pointers.size(); ++i) pointers[i] = &option_table[i];
    return pointers;
  }();
  static constexpr bool options_are_well_formed() {
    if constexpr (option_count() > 0)
      for (const Option& option : T::options)
        if (!is_well_formed(option)) return false;
    return true;
  }
  static_assert(
      options_are_well_formed(),
      "an option needs a kebab-case name, a known type, a default that is not null, a help "
      "line, and choices exactly if it is a choice (its default among them)");

  static constexpr std::uint32_t flags() {
    if constexpr (requires { T::flags; })
      return T::flags;
    else
      return 0;
  }
  static constexpr const char* url() {
    if constexpr (requires { T::url; })
      return T::url;
    else
      return "";
  }
  static constexpr const char* license() {
    if constexpr (requires { T::license; })
      return T::license;
    else
      return "";
  }

  static Host host_from(const tb_host* host) {
    return Host(*host, option_pointers.data(), option_pointers.size());
  }
};

}  // namespace detail
}  // namespace plugin_v1
}  // namespace trainbus

#ifdef __clang__
#define TRAINBUS_COMPILER "clang"
#else
#define TRAINBUS_COMPILER "gcc"
#endif
