#include "core/plan/recorded_paths.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <vector>

#include "core/io/json.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;

fs::path whole(const fs::path& path) {
  std::error_code error;
  fs::path result = fs::absolute(path, error).lexically_normal();
  if (error) return path;
  return result.has_filename() ? result : result.parent_path();
}

// Older records do not say where they were: of "runs/x" in /here/runs/x that is /here.
fs::path folder_before(const fs::path& run, const fs::path& relative) {
  fs::path folder = run;
  for (auto part = std::make_reverse_iterator(relative.end());
       part != std::make_reverse_iterator(relative.begin()); ++part) {
    if (folder.filename() != *part) return {};
    folder = folder.parent_path();
  }
  return folder;
}

}  // namespace

RecordedPaths::RecordedPaths(std::string_view run_json, const fs::path& run) : run_(whole(run)) {
  const std::optional<boost::json::value> record = try_parse_json(run_json);
  if (!record) return;
  const JsonView view(*record);
  folder_ = view["folder"].text_or("");
  const fs::path named =
      fs::path(view["options"]["run-dir"]["value"].text_or("")).lexically_normal();
  if (folder_.empty() && named.is_relative() && !named.empty())
    folder_ = folder_before(run_, named);
  if (!named.empty() && (named.is_absolute() || !folder_.empty()))
    then_ = (folder_ / named).lexically_normal();
}

std::string RecordedPaths::find(const std::string& text) const {
  const fs::path path = text;
  const bool is_known = path.is_absolute() || !folder_.empty();
  const fs::path before = is_known ? whole(folder_ / path) : whole(path);
  std::vector<fs::path> places = {before};
  if (is_known && !then_.empty()) {
    const fs::path moved = (run_ / before.lexically_relative(then_)).lexically_normal();
    places.insert(path.is_absolute() ? places.end() : places.begin(), moved);
  }
  if (path.is_relative()) places.push_back(whole(path));
  std::error_code error;
  const auto found =
      std::ranges::find_if(places, [&](const fs::path& place) { return fs::exists(place, error); });
  return (found == places.end() ? before : whole(*found)).string();
}

void locate_recorded(RunSpec& spec, const RecordedPaths& paths, std::string_view record) {
  for (OptionValues* values : {&spec.run, &spec.task})
    for (const Option& option : std::vector<Option>(values->schema())) {
      const OptionValue value = values->value(option.name);
      const bool is_one = option.type == "path" && !(option.flags & TB_OPTION_REPEATABLE);
      if (is_one && !value.text.empty() && value.source.starts_with(record))
        values->set(option.name, paths.find(value.text), value.source);
    }
}

}  // namespace trainbus
