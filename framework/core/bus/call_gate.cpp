#include "core/bus/call_gate.hpp"

#include <unistd.h>

namespace trainbus {

void CallGate::sleep_for_ever() {
  for (;;) ::pause();
}

}  // namespace trainbus
