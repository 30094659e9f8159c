// Another disk under the whole program, for tests that fail or lose it.
#pragma once

#include "core/export.hpp"
#include "core/io/file_system.hpp"

namespace trainbus {

// What file_system() gives from now on; it must outlive its use. Null: the real one again. Call it
// while nobody is at work on files.
TRAINBUS_EXPORT void set_file_system(FileSystem* files);

TRAINBUS_EXPORT bool file_system_is_real();

}  // namespace trainbus
