// Text and errors at the C border.
#pragma once

#include <trainbus/plugin.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace trainbus {
inline namespace plugin_v1 {

// A parameter type: UTF-8 text that ends with a zero byte, borrowed for the call.
class Text {
 public:
  Text(const char* text) : raw_{text, std::char_traits<char>::length(text)} {}
  Text(const std::string& text) : raw_{text.data(), text.size()} {}
  operator tb_text() const { return raw_; }

 private:
  tb_text raw_;
};

inline std::string_view view(tb_text text) { return {text.data, text.size}; }

namespace detail {

// Calls a function of the C interface that reports failure in a tb_error; throws what it reported.
template <class Function>
void check(Function&& function) {
  tb_error error;
  error.message[0] = '\0';
  if (function(&error) == TB_OK) return;
  error.message[sizeof error.message - 1] = '\0';
  throw std::runtime_error(error.message[0] ? error.message
                                            : "the host reported a failure without a reason");
}

}  // namespace detail
}  // namespace plugin_v1
}  // namespace trainbus
