// Files that hold no text although text was asked for: what they are, and the command that makes
// text of them.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace trainbus::tasks {

// Throws UsageError if the bytes are the beginning of a file of a known other kind: packed, a
// spreadsheet, a column store, UTF-16, a git-lfs pointer, a web page. name: the file's path.
void refuse_other_kinds(std::string_view bytes, const std::string& name);

// Throws UsageError: path is a folder. Says what to do with a data set that Hugging Face's datasets
// saved, and else which tables the folder holds.
[[noreturn]] void refuse_folder(const std::filesystem::path& path);

}  // namespace trainbus::tasks
