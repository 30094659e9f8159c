#include "core/bus/current_call.hpp"

namespace trainbus {
namespace {
// Volatile: read by signal handlers of this thread.
thread_local const char* volatile current = nullptr;
thread_local volatile bool can_leave_out = true;
}  // namespace

const char* current_plugin() noexcept { return current; }
bool can_leave_out_current() noexcept { return can_leave_out; }

CurrentCall::CurrentCall(const char* name, Of of) noexcept
    : outer_(current), outer_can_leave_out_(can_leave_out) {
  can_leave_out = of == Of::Observer;
  current = name;
}
CurrentCall::~CurrentCall() {
  current = outer_;
  can_leave_out = outer_can_leave_out_;
}

}  // namespace trainbus
