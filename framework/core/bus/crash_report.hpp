// When a plugin crashes or ends the process, a message names the plugin; when a mapped file is cut
// off while it is read, the file.
#pragma once

#include "core/export.hpp"

namespace trainbus {

// For launchers, once, on the main thread. From then on a crash (SIGSEGV, SIGBUS, SIGFPE, SIGILL,
// SIGABRT) writes one sentence to stderr, naming the plugin that the crashing thread was
// calling, before the signal's default action; and an exit() called by a plugin becomes an exit
// with code 1 that names it. SIGBUS in a mapped file that was cut off (see MappedRange) becomes an
// exit with code 1 that names the file.
TRAINBUS_EXPORT void install_crash_report();

}  // namespace trainbus
