// version
#include <iostream>

#include "plan.hpp"
#include "verb.hpp"

namespace trainbus::cli {
namespace {

int version(const Call&) {
  std::cout << "trainbus " << version_text() << '\n';
  return exit_done;
}

}  // namespace

extern const Verb version_verb;
const Verb version_verb = {
    .name = "version", .usage = "", .summary = "print the version", .run = version};

}  // namespace trainbus::cli
