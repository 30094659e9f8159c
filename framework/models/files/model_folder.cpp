#include "models/files/model_folder.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "formats/atomic_file.hpp"
#include "formats/foreign_file.hpp"
#include "formats/mapped_file.hpp"
#include "formats/missing_weights.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view usual =
    "Give --model a folder in Hugging Face's layout, or a .gguf file.";

bool is_there(const fs::path& path) {
  std::error_code error;
  return fs::exists(path, error);
}

std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error))
    found.push_back(entry->path());
  std::sort(found.begin(), found.end());
  return found;
}

// "org/name", as models are called on the Hub.
bool is_hub_id(const std::string& text) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-' || c == '/';
  };
  return std::count(text.begin(), text.end(), '/') == 1 && text.front() != '/' &&
         text.front() != '.' && text.back() != '/' &&
         std::all_of(text.begin(), text.end(), allowed);
}

[[noreturn]] void refuse_absent(const fs::path& path) {
  const std::string text = path.string();
  if (text.starts_with("https:/") || text.starts_with("http:/") || text.starts_with("hf:/"))
    throw UsageError("is an address, and nothing is downloaded", text,
                     "Download the model first (hf download ORG/NAME --local-dir NAME) and give "
                     "its folder.");
  if (is_hub_id(text))
    throw UsageError(
        "there is no such folder; if it is a model on the Hugging Face Hub: nothing "
        "is downloaded",
        text,
        "Run: hf download " + text + " --local-dir " + path.filename().string() +
            ", then give --model " + path.filename().string());
  throw UsageError("there is no such file or folder", text, usual);
}

[[noreturn]] void refuse_file(const fs::path& path) {
  const MappedFile file(path);
  const std::string name = path.filename().string();
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  if (is_there(folder / "config.json") &&
      (name.ends_with(".safetensors") || name.ends_with(".json") || name.ends_with(".bin")))
    throw UsageError("is one file of a model", path.string(),
                     "Give the folder: --model " + folder.string());
  refuse_foreign(file.text(), path, FileKind::Gguf);
  throw UsageError("is neither a folder nor a .gguf file", path.string(), usual);
}

// The folders below that hold a model; of a cache's root the snapshot that its "main" names first.
std::vector<fs::path> models_below(const fs::path& folder) {
  std::vector<fs::path> found;
  for (const fs::path& below : {folder / "snapshots", folder})
    for (const fs::path& entry : entries(below)) {
      if (is_there(entry / "config.json")) found.push_back(entry);
      if (below == folder && entry.filename().string().starts_with("models--"))
        for (const fs::path& snapshot : entries(entry / "snapshots"))
          if (is_there(snapshot / "config.json")) found.push_back(snapshot);
    }
  if (is_there(folder / "refs" / "main")) {
    const MappedFile main(folder / "refs" / "main");
    std::string name(main.text());
    name.resize(std::min(name.size(), name.find_first_of("\r\n \t")));
    std::stable_partition(found.begin(), found.end(),
                          [&](const fs::path& path) { return path.filename() == name; });
  }
  return found;
}

[[noreturn]] void refuse_without_config(const fs::path& folder) {
  if (is_there(folder / "adapter_config.json")) refuse_without_weights(folder);
  if (const std::vector<fs::path> below = models_below(folder); !below.empty()) {
    const bool cache = is_there(folder / "snapshots");
    throw UsageError(cache ? "is the root of a model in a cache; the model lies further below"
                           : "holds no config.json, but " + std::to_string(below.size()) +
                                 (below.size() == 1 ? " folder below does" : " folders below do"),
                     folder.string(), "Give --model " + below.front().string());
  }
  for (const fs::path& entry : entries(folder))
    if (is_gguf(entry))
      throw UsageError("is a folder with a GGUF file and without config.json", folder.string(),
                       "Give the file: --model " + entry.string());
  if (is_there(folder / "params.json"))
    throw UsageError("holds params.json, a model in its maker's own layout", folder.string(),
                     "Get the files in Hugging Face's layout: config.json, model.safetensors, "
                     "tokenizer.json.");
  throw UsageError("is a folder without config.json", folder.string(), usual);
}

bool is_written_anew(std::string_view name) {
  constexpr std::array<std::string_view, 6> own = {
      "config.json",   "tokenizer.json",     "tokenizer_config.json", "special_tokens_map.json",
      "trainbus.json", "adapter_config.json"};
  return std::find(own.begin(), own.end(), name) != own.end() || name.ends_with(".index.json");
}

bool is_kept(std::string_view name) {
  if (is_written_anew(name)) return false;
  for (const std::string_view end : {".jinja", ".json", ".txt"})
    if (name.ends_with(end)) return true;
  return name.starts_with("LICENSE") || name.starts_with("NOTICE");
}

}  // namespace

void check_model_folder(const fs::path& path) {
  std::error_code error;
  if (!is_there(path)) refuse_absent(path);
  if (!fs::is_directory(path, error)) refuse_file(path);
  if (!is_there(path / "config.json")) refuse_without_config(path);
}

std::vector<KeptFile> files_to_keep(const fs::path& folder) {
  // Nobody's tokenizer is as large.
  constexpr std::uintmax_t largest = 64u << 20;
  std::vector<KeptFile> files;
  const auto keep = [&](const fs::path& path, const std::string& name) {
    std::error_code error;
    if (fs::is_regular_file(path, error) && fs::file_size(path, error) <= largest && !error)
      files.push_back({name, std::string(MappedFile(path).text())});
  };
  for (const fs::path& entry : entries(folder))
    if (const std::string name = entry.filename().string(); is_kept(name)) keep(entry, name);
  constexpr std::string_view templates = "additional_chat_templates";
  for (const fs::path& entry : entries(folder / templates))
    keep(entry, std::string(templates) + "/" + entry.filename().string());
  return files;
}

void write_kept_files(const std::vector<KeptFile>& files, const fs::path& folder) {
  for (const KeptFile& file : files) {
    const fs::path path = folder / file.name;
    if (is_there(path)) continue;
    if (path.parent_path() != folder) file_system().make_folders(path.parent_path());
    write_file(path, file.bytes);
  }
}

}  // namespace trainbus
