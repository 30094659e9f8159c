#include "core/bus/current_call.hpp"

namespace trainbus {
namespace {
// Volatile: read by signal handlers of this thread.
thread_local const char* volatile current = nullptr;
}  // namespace

const char* current_observer() noexcept { return current; }

CurrentCall::CurrentCall(const char* name) noexcept : outer_(current) { current = name; }
CurrentCall::~CurrentCall() { current = outer_; }

}  // namespace trainbus
