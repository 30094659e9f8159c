#include "report/run_reader.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/json.hpp"
#include "core/plan/shell_text.hpp"
#include "report/ending.hpp"
#include "report/metrics_files.hpp"

namespace trainbus::report {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// A sink of the run and the file that it writes.
struct Source {
  std::string id;
  fs::path file;
  double every = 1;  // steps
};

std::string named_runs_in(const fs::path& folder) {
  std::string found;
  std::error_code error;
  std::vector<fs::path> inside;
  for (const auto& entry : fs::directory_iterator(folder, error))
    if (fs::exists(entry.path() / "run.json", error)) inside.push_back(entry.path());
  std::ranges::sort(inside);
  for (std::size_t i = 0; i < std::min<std::size_t>(inside.size(), 3); ++i)
    found += ' ' + shell_text(inside[i].string());
  return inside.size() > 3 ? found + " …" : found;
}

[[noreturn]] void refuse(const fs::path& folder) {
  std::error_code error;
  if (!fs::exists(folder, error))
    throw UsageError("there is no such folder", folder.string(), "Name the folder of a run.");
  if (!fs::is_directory(folder, error))
    throw UsageError("this is a file, expected the folder of a run", folder.string(), "");
  if (const std::string runs = named_runs_in(folder); !runs.empty())
    throw UsageError("it holds runs, but is none", folder.string(),
                     "Name those to show: trainbus report" + runs);
  throw UsageError("this is no run: there is no run.json in it", folder.string(),
                   "Name the folder that a training printed as its run folder.");
}

json::object read_record(const fs::path& folder, Metrics& metrics) {
  std::optional<json::value> record = try_parse_json(file_system().read_all(folder / "run.json"));
  if (record && record->is_object()) return std::move(record->get_object());
  metrics.notes.push_back("run.json is damaged, so the configuration is not known");
  return {};
}

void add_source(std::vector<Source>& sources, JsonView plugin, const fs::path& folder) {
  const std::string id = plugin["id"].text_or("");
  if (id != "csv" && id != "jsonl") return;
  const JsonView options = plugin["options"];
  sources.push_back({id, folder / options["path"]["value"].text_or("metrics." + id),
                     options["every"]["value"].real().value_or(1)});
}

// Finest first; at the same fineness jsonl, which also has the attempts and the end.
std::vector<Source> sources_of(const json::object& record, const fs::path& folder) {
  std::vector<Source> sources;
  for (const JsonView plugin : JsonView(record)["plugins"].elements())
    add_source(sources, plugin, folder);
  // If run.json does not list them.
  sources.push_back({"jsonl", folder / "metrics.jsonl", std::numeric_limits<double>::max()});
  sources.push_back({"csv", folder / "metrics.csv", std::numeric_limits<double>::max()});
  std::ranges::stable_sort(sources, [](const Source& a, const Source& b) {
    return a.every != b.every ? a.every < b.every : a.id == "jsonl" && b.id != "jsonl";
  });
  return sources;
}

// The table continues in metrics-2.csv, metrics-3.csv, … if it was too long to add columns.
fs::path part(const fs::path& file, unsigned number) {
  return number == 1 ? file
                     : file.parent_path() / (file.stem().string() + "-" + std::to_string(number) +
                                             file.extension().string());
}

// Regular files only: reading a pipe that a run wrote to would never end.
void read_source(const Source& source, Metrics& metrics) {
  std::error_code error;
  for (unsigned number = 1; fs::is_regular_file(part(source.file, number), error); ++number) {
    const fs::path file = part(source.file, number);
    metrics.file = file.filename().string();
    const std::string text = file_system().read_all(file);
    if (source.id == "jsonl") return read_jsonl(text, metrics);
    read_csv(text, metrics);
  }
}

void read_metrics(const json::object& record, const fs::path& folder, Metrics& metrics) {
  for (const Source& source : sources_of(record, folder)) {
    Metrics found;
    try {
      read_source(source, found);
    } catch (const RunError& error) {
      found.notes.emplace_back(error.what());
    }
    metrics.notes.insert(metrics.notes.end(), found.notes.begin(), found.notes.end());
    if (found.empty()) continue;
    found.notes = std::move(metrics.notes);
    metrics = std::move(found);
    if (metrics.attempts > 1)
      metrics.notes.push_back("resumed: " + std::to_string(metrics.attempts) +
                              " attempts; repeated steps show the latest one");
    return;
  }
  metrics.notes.push_back(
      "there are no metrics to draw: the run wrote neither metrics.csv nor metrics.jsonl, or no "
      "step "
      "yet");
}

Run read_run(const fs::path& folder) {
  Run run;
  run.folder = folder;
  run.record = read_record(folder, run.metrics);
  read_metrics(run.record, folder, run.metrics);
  run.ending = ending_of(run.record, run.metrics, holder_of(folder));
  return run;
}

// The last `depth` parts of a path.
std::string tail(const fs::path& path, std::size_t depth) {
  fs::path result;
  fs::path rest = path;
  for (std::size_t i = 0; i < depth && rest.has_filename(); ++i, rest = rest.parent_path())
    result = result.empty() ? rest.filename() : rest.filename() / result;
  return result.string();
}

// The shortest suffix of each path that makes the names unique.
void name_runs(std::vector<Run>& runs) {
  for (Run& run : runs) {
    for (std::size_t depth = 1; depth < 64; ++depth) {
      run.name = tail(run.folder, depth);
      const auto same = [&](const Run& other) { return tail(other.folder, depth) == run.name; };
      if (std::ranges::count_if(runs, same) == 1) break;
    }
  }
}

}  // namespace

std::vector<Run> read_runs(std::span<const std::string> folders) {
  std::vector<Run> runs;
  for (const std::string& name : folders) {
    std::error_code error;
    const fs::path folder = fs::weakly_canonical(name, error);
    if (error || !fs::is_regular_file(folder / "run.json", error)) refuse(name);
    const auto same = [&](const Run& run) { return run.folder == folder; };
    if (std::ranges::any_of(runs, same))
      throw UsageError("the run is named twice", name, "Name it once.");
    runs.push_back(read_run(folder));
  }
  name_runs(runs);
  return runs;
}

}  // namespace trainbus::report
