// Identifies files that are not text where text is expected, and gives the command that converts
// them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace trainbus::tasks {

// Throws UsageError if the bytes are the beginning of a file of another known kind: compressed, a
// spreadsheet, a column store, UTF-16, a git-lfs pointer, a web page. name: the file's path.
void refuse_other_kinds(std::string_view bytes, const std::string& name);

// Throws UsageError, since path is a folder. The message says how to convert a data set saved by
// Hugging Face's datasets, else which tables the folder holds.
[[noreturn]] void refuse_folder(const std::filesystem::path& path);

}  // namespace trainbus::tasks
