// A metric observer that overrides every hook, keeps state and declares everything: the sugar's
// whole surface in one translation unit. The observer that sugar_test.cpp looks at.
#include "all_hooks.hpp"

TRAINBUS_OBSERVER(AllHooks, "test.all", "2.1.0", "overrides every hook");
