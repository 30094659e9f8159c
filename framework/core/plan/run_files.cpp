#include "core/plan/run_files.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "core/checkpoint/manifest.hpp"
#include "core/checkpoint/step_folder.hpp"
#include "core/io/error.hpp"
#include "core/io/json.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

// What a saved model can consist of.
constexpr std::string_view model_files[] = {"added_tokens.json",
                                            "chat_template.jinja",
                                            "chat_template.json",
                                            "config.json",
                                            "generation_config.json",
                                            "merges.txt",
                                            "model.safetensors",
                                            "special_tokens_map.json",
                                            "tokenizer.json",
                                            "tokenizer.model",
                                            "tokenizer_config.json",
                                            "trainbus.json",
                                            "vocab.json",
                                            "vocab.txt"};
constexpr std::string_view state_files[] = {"MANIFEST", "optimizer.safetensors",
                                            "residuals.safetensors"};
constexpr std::string_view run_files[] = {"journal", "log.txt", "run.json", "starting-scores"};

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::find(names, name) != names.end();
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// Takes "-12" for the mark "-", or ".orphaned-12", off the front.
void take_numbered(std::string_view& text, std::string_view mark) {
  if (!text.starts_with(mark)) return;
  std::size_t end = mark.size();
  while (end < text.size() && is_number(text.substr(end, 1))) ++end;
  if (end > mark.size()) text.remove_prefix(end);
}

// Whether a sink that was told to write `path` writes this file: itself, metrics-2.csv, or
// metrics.orphaned-3.csv.
bool is_written_as(const fs::path& file, const fs::path& path) {
  if (file.parent_path() != path.parent_path() || file.extension() != path.extension())
    return false;
  const std::string stem = file.stem().string(), told = path.stem().string();
  if (!stem.starts_with(told)) return false;
  std::string_view rest = std::string_view(stem).substr(told.size());
  take_numbered(rest, "-");
  take_numbered(rest, ".orphaned-");
  return rest.empty();
}

// The files that the plugins of a record were told to write in the run's folder.
std::vector<fs::path> plugin_files(std::string_view record) {
  std::vector<fs::path> paths;
  const std::optional<boost::json::value> run = try_parse_json(record);
  if (!run) return paths;
  for (const JsonView plugin : JsonView(*run)["plugins"].elements())
    for (const auto& [name, option] : plugin["options"].members()) {
      const std::string_view key = name;
      if (key.find("path") == key.npos && key.find("file") == key.npos) continue;
      const fs::path path = fs::path(JsonView(option)["value"].text_or("")).lexically_normal();
      if (!path.empty() && path.is_relative() && *path.begin() != "..") paths.push_back(path);
    }
  return paths;
}

std::vector<std::string> manifest_files(FileSystem& files, const fs::path& checkpoint) try {
  std::vector<std::string> names;
  if (!files.exists(checkpoint / "MANIFEST")) return names;
  for (const ManifestEntry& entry : parse_manifest(files.read_all(checkpoint / "MANIFEST")).entries)
    names.push_back(entry.name);
  return names;
} catch (const RunError&) {
  return {};  // damaged: the names that every checkpoint has are enough
}

// below: the path of a file within a model's folder or a checkpoint.
bool is_of_model(const fs::path& below) {
  const std::string name = below.string();
  return is_one_of(name, model_files) || is_temporary(name) ||
         *below.begin() == "additional_chat_templates";
}

class RunFiles {
 public:
  RunFiles(FileSystem& files, fs::path run, std::string_view record)
      : files_(files), run_(std::move(run)), told_(plugin_files(record)) {}

  bool contain(const fs::path& file) {
    const std::string first = *file.begin(), name = file.filename();
    const fs::path below = file.lexically_relative(first);
    if (first == "checkpoints") return is_of_checkpoint(below);
    if (is_temporary(first)) return true;
    if (first == "model" || first == "best-model") return below != "." && is_of_model(below);
    if (first == name && (is_one_of(name, run_files) || name.starts_with("events.out.tfevents.")))
      return true;
    return std::ranges::any_of(told_, [&](const fs::path& path) {
      return is_written_as(file, path) ||
             (is_temporary(name) && is_written_as(fs::path(file).replace_extension(), path));
    });
  }

 private:
  // below: relative to checkpoints/.
  bool is_of_checkpoint(const fs::path& below) {
    const std::string folder = *below.begin();
    const std::optional<StepFolder> step = parse_step_folder(folder);
    if (!step) return is_temporary(folder);
    if (step->kind == StepFolder::Kind::Temporary) return true;
    if (folder != manifest_of_) {
      manifest_of_ = folder;
      listed_ = manifest_files(files_, run_ / "checkpoints" / folder);
    }
    const fs::path file = below.lexically_relative(folder);
    return is_of_model(file) || is_one_of(file.string(), state_files) ||
           std::ranges::count(listed_, file.string()) > 0;
  }

  FileSystem& files_;
  fs::path run_;
  std::vector<fs::path> told_;
  std::string manifest_of_;
  std::vector<std::string> listed_;  // in that one's MANIFEST
};

void add_files(FileSystem& files, const fs::path& folder, const fs::path& below,
               std::vector<fs::path>& found) {
  for (const std::string& name : files.list(folder / below)) {
    const fs::path path = below / name;
    if (files.type(folder / path) == FileSystem::Type::Folder)
      add_files(files, folder, path, found);
    else
      found.push_back(path);
  }
}

}  // namespace

bool is_temporary(std::string_view name) {
  const std::size_t mark = name.rfind(".tmp-");
  if (mark == std::string_view::npos) return false;
  std::string_view numbers = name.substr(mark + 5);  // PROCESS, or PROCESS-COUNTER
  const std::size_t dash = numbers.find('-');
  if (dash != std::string_view::npos && !is_number(numbers.substr(dash + 1))) return false;
  return is_number(numbers.substr(0, dash));
}

std::vector<fs::path> files_below(FileSystem& files, const fs::path& folder) {
  std::vector<fs::path> found;
  add_files(files, folder, {}, found);
  return found;
}

std::vector<fs::path> files_of_run(FileSystem& files, const fs::path& run,
                                   std::string_view record) {
  RunFiles written(files, run, record);
  std::vector<fs::path> found = files_below(files, run);
  std::erase_if(found, [&](const fs::path& file) { return !written.contain(file); });
  return found;
}

}  // namespace trainbus
