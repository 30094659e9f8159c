// gloo::Context, by name; see ../README.md.
#pragma once

#include <chrono>

namespace gloo {

class Context {
 public:
  void setTimeout(std::chrono::milliseconds);  // an inline function of c10d's mentions it
};

}  // namespace gloo
