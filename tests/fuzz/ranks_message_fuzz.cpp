// Bytes from another process of a run: messages, or refused with a RunError. What is read is what
// its own bytes say again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/io/error.hpp"
#include "core/ranks/message.hpp"
#include "fuzz/input_file.hpp"

using namespace trainbus;

namespace {

std::string bytes_of_all(const std::vector<ranks::Message>& messages) {
  std::string bytes;
  for (const ranks::Message& message : messages) ranks::append(message, bytes);
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes;
  try {
    bytes = bytes_of_all(ranks::messages_in(fuzz::text_of(data, size)));
  } catch (const RunError&) {
    return 0;
  }
  if (bytes.size() > size) std::abort();
  if (bytes_of_all(ranks::messages_in(bytes)) != bytes) std::abort();
  return 0;
}
