// A metric observer that overrides every hook, keeps state and declares everything: the whole C++
// API in one translation unit. sugar_test.cpp tests it.
#include "all_hooks.hpp"

TRAINBUS_OBSERVER(AllHooks, "test.all", "2.1.0", "overrides every hook");
