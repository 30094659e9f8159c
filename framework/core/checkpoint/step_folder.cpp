#include "core/checkpoint/step_folder.hpp"

#include <algorithm>
#include <charconv>

namespace trainbus {
namespace {

constexpr std::string_view prefix = "step-", temporary = ".tmp-", set_aside = ".bad";
constexpr std::size_t digits = 8;

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string step_folder_name(std::uint64_t step) {
  const std::string number = std::to_string(step);
  const std::size_t zeros = digits - std::min(digits, number.size());
  return std::string(prefix) + std::string(zeros, '0') + number;
}

std::optional<StepFolder> parse_step_folder(std::string_view name) {
  if (!name.starts_with(prefix)) return std::nullopt;
  const std::string_view stem = name.substr(0, name.find('.')), rest = name.substr(stem.size());
  StepFolder folder;
  const char* const end = stem.data() + stem.size();
  const auto parsed = std::from_chars(stem.data() + prefix.size(), end, folder.step);
  if (parsed.ec != std::errc() || stem != step_folder_name(folder.step)) return std::nullopt;
  if (rest.empty()) return folder;
  if (rest == set_aside)
    folder.kind = StepFolder::Kind::SetAside;
  else if (rest.starts_with(temporary) && is_number(rest.substr(temporary.size())))
    folder.kind = StepFolder::Kind::Temporary;
  else
    return std::nullopt;
  return folder;
}

std::vector<StepPath> step_folders(FileSystem& files, const std::filesystem::path& checkpoints,
                                   StepFolder::Kind kind) {
  std::vector<StepPath> found;
  if (!files.exists(checkpoints)) return found;
  for (const std::string& name : files.list(checkpoints)) {
    const std::optional<StepFolder> folder = parse_step_folder(name);
    if (folder && folder->kind == kind) found.push_back({folder->step, checkpoints / name});
  }
  std::ranges::stable_sort(found, std::ranges::greater(), &StepPath::step);
  return found;
}

}  // namespace trainbus
