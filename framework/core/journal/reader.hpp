// Reading a journal back: all that stands in it, or why it cannot be trusted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "core/io/file_system.hpp"
#include "core/journal/records.hpp"

namespace trainbus::journal {

struct Contents {
  Header header;
  std::vector<Record> records;         // after the header, in order
  std::vector<std::size_t> effective;  // the places in records that count: without the steps that a
                                       // later attempt made void, and what is said of them. Their
                                       // steps are 1, 2, …, last_step. Attempts and ends all count
  std::uint64_t last_step = 0;
  std::uint64_t good_bytes = 0, file_bytes = 0;
  std::string damage;  // why the bytes after good_bytes are no record, for people; empty if none

  bool whole() const { return good_bytes == file_bytes; }
};

// What a crash leaves at the end, part of a record or one that is not as it was written, is told in
// `damage`; Writer cuts it off. A bad record with a good one behind it was damaged otherwise: then,
// and if it is no journal, of another major version, too long, or cannot be read, throws RunError
// with path, byte and step. Nothing is ever skipped but kinds of record of a later minor version.
// Memory: the file, and some times its size for the records.
TRAINBUS_EXPORT Contents read(FileSystem& files, const std::filesystem::path& path);

}  // namespace trainbus::journal
