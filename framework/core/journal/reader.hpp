// Reads a journal: its records, or why it cannot be trusted.
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
  std::vector<Record> records;  // after the header, in order
  // Indices of the records that count: all but those of steps that a later attempt made void. Their
  // steps are 1, 2, …, last_step. All attempts and ends count.
  std::vector<std::size_t> effective;
  std::uint64_t last_step = 0;
  std::uint64_t good_bytes = 0, file_bytes = 0;
  std::string damage;  // why the bytes after good_bytes are no record, for people; may be empty

  bool whole() const { return good_bytes == file_bytes; }
};

// A crash can leave a partial or bad record at the end: `damage` describes it, and Writer cuts it
// off. Throws RunError with path, byte and step if a bad record is followed by a good one, which no
// crash leaves, and if the file is no journal, is of another major version, is too long, or cannot
// be read. Only kinds of record of a later minor version are skipped. Memory: the file, and a few
// times its size for the records.
TRAINBUS_EXPORT Contents read(FileSystem& files, const std::filesystem::path& path);

}  // namespace trainbus::journal
