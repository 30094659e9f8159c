// trainbus-isolate: the process of a plugin that runs with `isolate`. Started by trainbus, not by
// users.
#include <fcntl.h>

#include <cstdio>

#include "core/host/isolate/isolated_plugin.hpp"

int main() {
  if (::fcntl(3, F_GETFD) < 0) {
    std::fputs("trainbus-isolate is started by trainbus, for plugins that run with isolate.\n",
               stderr);
    return 2;
  }
  return trainbus::run_isolated_plugin();
}
