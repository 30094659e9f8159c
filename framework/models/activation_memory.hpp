// Memory for activations: large tensors in huge pages, which stay with the process when they are
// freed.
#pragma once

#include <cstddef>

#include "core/export.hpp"

namespace trainbus {

// From now on LibTorch's tensors on the CPU of 128 KiB and more come from one region of memory in
// huge pages: a matrix product walks through many rows at a time, and each would be in a page of
// its own. What is freed is used again; more than 1 GiB of it returns to the system. Where the
// system grants no such region, under a limit on address space, say, or in a build with a
// sanitizer, nothing changes. For the whole process; any thread, any number of times.
TRAINBUS_EXPORT void use_huge_pages_for_tensors();

// Gives the pages in which no tensor lies back to the system.
TRAINBUS_EXPORT void release_unused_tensor_memory();

// How many bytes of the region are in use; 0 if there is none. For tests.
TRAINBUS_EXPORT std::size_t tensor_bytes_in_huge_pages();

}  // namespace trainbus
