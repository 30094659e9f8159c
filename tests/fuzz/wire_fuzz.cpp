// Bytes from an isolated plugin to the training process: they are split into frames with bounded
// memory, and each is a message or is refused with a RunError.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "core/host/isolate/message.hpp"
#include "core/io/error.hpp"
#include "fuzz/input_file.hpp"

using namespace trainbus;

namespace {

void read(const isolate::Frame& frame) {
  try {
    const isolate::Message message = isolate::read_message(frame);
    if (message.type != frame.type || message.text.size() > frame.fields.size()) std::abort();
    if (message.metrics.size() > frame.fields.size()) std::abort();
  } catch (const RunError&) {
  }
  isolate::FieldReader fields(frame.fields);
  try {
    const Event event = isolate::get_event(fields);
    if (event.histogram && event.histogram->limits.size() != event.histogram->counts.size())
      std::abort();
  } catch (const RunError&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view left = fuzz::text_of(data, size);
  isolate::FrameBuffer arrived;
  while (!left.empty()) {  // as it comes over a socket: in pieces
    const std::size_t piece = std::min<std::size_t>(left.size(), 7);
    arrived.append(left.substr(0, piece));
    left.remove_prefix(piece);
    while (const auto frame = arrived.cut()) read(*frame);
  }
  return 0;
}
