#include "tasks/data/file_kind.hpp"

#include <algorithm>
#include <vector>

#include "core/io/error.hpp"
#include "tasks/data/message_text.hpp"

namespace trainbus::tasks {
namespace {

namespace fs = std::filesystem;
using std::string_view_literals::operator""sv;

// A kind of file, identified by its first bytes. In a remedy "%" is replaced by the file's path and
// "@" by the path without its last extension.
struct Kind {
  std::string_view begins, what, remedy;
};

// Tables that pandas reads; the remedy is the suffix of its read_… function.
constexpr Kind tables[] = {
    {"PAR1"sv, "is a Parquet file", "parquet"},
    {"ARROW1\0\0"sv, "is an Arrow file", "feather"},
    {"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"sv, "is an Excel workbook", "excel"},
    {"\x89HDF\r\n"sv, "is an HDF5 file", "hdf"},
};

constexpr Kind others[] = {
    {"\xFF\xFF\xFF\xFF"sv, "is an Arrow stream, as Hugging Face's datasets keeps its data",
     "Make a table of text: python3 -c \"from datasets import Dataset; "
     "Dataset.from_file('%').to_csv('@.csv')\""},
    {"\x1F\x8B"sv, "is compressed (gzip)", "Decompress it first: gunzip --keep %"},
    {"BZh9"sv, "is compressed (bzip2)", "Decompress it first: bunzip2 --keep %"},
    {"\xFD\x37zXZ\0"sv, "is compressed (xz)", "Decompress it first: unxz --keep %"},
    {"\x28\xB5\x2F\xFD"sv, "is compressed (zstd)", "Decompress it first: unzstd --keep %"},
    {"7z\xBC\xAF\x27\x1C"sv, "is compressed (7z)", "Decompress it first: 7z x %"},
    {"version https://git-lfs.github.com/spec/"sv,
     "is a git-lfs pointer, not the file that it stands for",
     "Get the file: git lfs pull, in the folder of its repository."},
    {"%PDF-"sv, "is a PDF", "Give a table of text: .csv, .tsv or .jsonl."},
    {"SQLite format 3\0"sv, "is an SQLite data base",
     "Make a table of text: sqlite3 -header -csv % 'SELECT …' > @.csv"},
};

// Text in another encoding; UTF-32's little-endian mark begins with UTF-16's.
struct Encoding {
  std::string_view begins, name;
};
constexpr Encoding encodings[] = {{"\xFF\xFE\0\0"sv, "UTF-32"},
                                  {"\0\0\xFE\xFF"sv, "UTF-32"},
                                  {"\xFF\xFE"sv, "UTF-16"},
                                  {"\xFE\xFF"sv, "UTF-16"}};

std::string filled_in(std::string_view remedy, const std::string& name) {
  const std::string stem = fs::path(name).replace_extension().string();
  std::string text;
  for (const char c : remedy) text += c == '%' ? name : c == '@' ? stem : std::string(1, c);
  return text;
}

std::string by_pandas(std::string_view reader, const std::string& name) {
  return filled_in("Make a table of text: python3 -c \"import pandas; pandas.read_" +
                       std::string(reader) + "('%').to_csv('@.csv', index=False)\"",
                   name);
}

// Spreadsheets are zip archives; the file's name tells them apart.
[[noreturn]] void refuse_zip(const std::string& name) {
  const std::string extension = fs::path(name).extension().string();
  if (extension == ".xlsx" || extension == ".xlsm" || extension == ".ods")
    throw UsageError("is a spreadsheet", name, by_pandas("excel", name));
  throw UsageError("is a zip archive", name, filled_in("Unpack it first: unzip %", name));
}

bool is_web_page(std::string_view bytes) {
  std::string begin(trimmed(bytes.substr(0, 64)));
  for (char& c : begin) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return begin.starts_with("<!doctype html") || begin.starts_with("<html");
}

}  // namespace

void refuse_other_kinds(std::string_view bytes, const std::string& name) {
  if (bytes.starts_with("PK\x03\x04")) refuse_zip(name);
  for (const Kind& kind : tables)
    if (bytes.starts_with(kind.begins))
      throw UsageError(kind.what, name, by_pandas(kind.remedy, name));
  for (const Kind& kind : others)
    if (bytes.starts_with(kind.begins))
      throw UsageError(kind.what, name, filled_in(kind.remedy, name));
  for (const auto& [begins, encoding] : encodings)
    if (bytes.starts_with(begins))
      throw UsageError("is " + std::string(encoding) + ", not UTF-8 text", at_line(name, 1),
                       filled_in("Convert it: iconv -f " + std::string(encoding) +
                                     " -t UTF-8 % > @.utf8" + fs::path(name).extension().string(),
                                 name));
  if (is_web_page(bytes))
    throw UsageError("is a web page, not a table", name,
                     "Download the file itself, not the page that shows it.");
}

void refuse_folder(const fs::path& path) {
  const std::string name = path.string();
  const auto holds = [&](const char* file) {
    std::error_code ignored;
    return fs::exists(path / file, ignored);
  };
  const std::string load =
      "Make a table of text: python3 -c \"from datasets import load_from_disk; load_from_disk('%')";
  if (holds("dataset_dict.json"))
    throw UsageError("is a folder with data sets that Hugging Face's datasets saved", name,
                     filled_in(load + "['train'].to_csv('train.csv')\"", name));
  if (holds("dataset_info.json") || holds("state.json"))
    throw UsageError("is a folder with a data set that Hugging Face's datasets saved", name,
                     filled_in(load + ".to_csv('data.csv')\"", name));
  std::vector<std::string> files;
  std::error_code ignored;
  for (const fs::directory_entry& entry : fs::directory_iterator(path, ignored)) {
    const std::string extension = entry.path().extension().string();
    for (const char* known : {".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".txt"})
      if (extension == known) files.push_back(entry.path().filename().string());
  }
  std::sort(files.begin(), files.end());
  throw UsageError(
      "is a folder, expected a file", name,
      files.empty() ? "Name a file." : "Name one of its files: " + quote_list(files) + ".");
}

}  // namespace trainbus::tasks
