// Replaces the file system of the whole process, for tests that simulate failing disks.
#pragma once

#include "core/export.hpp"
#include "core/io/file_system.hpp"

namespace trainbus {

// Sets what file_system() returns; it must outlive its use. Null: the real one. Call it while no
// thread uses files.
TRAINBUS_EXPORT void set_file_system(FileSystem* files);

TRAINBUS_EXPORT bool file_system_is_real();

}  // namespace trainbus
