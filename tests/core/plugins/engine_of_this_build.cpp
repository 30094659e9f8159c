// A fake optimizer of the build "this_build". Its constructor leaves a trace: a plugin of another
// build must be refused before any of its code runs.
#include <cstdlib>

#include "core/host/catalog.hpp"

namespace {
const bool ran = ::setenv("TRAINBUS_TEST_ENGINE_CODE_RAN", "1", 1) == 0;
}

extern "C" TRAINBUS_EXPORT const trainbus::EngineModule trainbus_engine_this_build = {
    "optimizer", "engine_of_this_build", ran ? "1.0.0" : "", "steps", nullptr, 0, nullptr};
