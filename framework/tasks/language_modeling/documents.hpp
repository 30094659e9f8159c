// Reading texts as documents, and dividing them among training, validation and test.
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "core/export.hpp"
#include "core/host/option.hpp"
#include "tasks/data/split.hpp"
#include "tasks/data/text_list.hpp"

namespace trainbus::tasks {

struct DocumentOptions {
  std::filesystem::path data, validation_data, test_data;
  std::string format = "auto";       // auto | text | csv | tsv | jsonl | json
  std::string separator;             // of CSV; empty: the comma
  std::string text_column = "text";  // of a table: a document each
  std::string group_column;          // of a table: documents of one group are in one part
  std::string document = "file";     // of a text file: file | line | paragraph
  std::optional<double> validation_fraction, test_fraction;  // none: 0.1 without a file of its own
};

struct Documents {
  std::array<TextList, 3> parts;  // by Part, in the order of the files
  std::string summary;            // one line for each file

  TextList& part(Part part) { return parts[static_cast<std::size_t>(part)]; }
  const TextList& part(Part part) const { return parts[static_cast<std::size_t>(part)]; }
};

// A document is a text file, a line or a paragraph of one (paragraphs are set apart by empty
// lines), or a row of a table. Which part it belongs to follows from its group, or without one from
// its text alone (see data/split.hpp). Documents of white space are left out. Throws UsageError for
// what cannot be read and for a part without a document that the options ask for. The files may be
// larger than memory (see core/io/spilled_vector.hpp).
TRAINBUS_EXPORT Documents read_documents(const DocumentOptions& options);

TRAINBUS_EXPORT DocumentOptions document_options(const OptionValues& values);

}  // namespace trainbus::tasks
