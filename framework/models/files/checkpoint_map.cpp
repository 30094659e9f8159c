#include "models/files/checkpoint_map.hpp"

#include <algorithm>
#include <utility>

namespace trainbus {

CheckpointMap& CheckpointMap::rename(const std::string& parameter, std::vector<std::string> names) {
  parts_[parameter] = {StoredPart{.names = std::move(names)}};
  return *this;
}

CheckpointMap& CheckpointMap::transpose(const std::string& parameter, const std::string& name) {
  parts_[parameter] = {StoredPart{.names = {name}, .transposed = true}};
  return *this;
}

CheckpointMap& CheckpointMap::permute(const std::string& parameter, const std::string& name,
                                      std::int64_t head_dim) {
  return reorder(parameter, name, {.kind = RowOrder::Llama, .head_dim = head_dim});
}

CheckpointMap& CheckpointMap::reorder(const std::string& parameter, const std::string& name,
                                      const RowOrder& order) {
  parts_[parameter] = {StoredPart{.names = {name}, .order = order}};
  return *this;
}

CheckpointMap& CheckpointMap::stored_plus(const std::string& parameter, const std::string& name,
                                          float number) {
  parts_[parameter] = {StoredPart{.names = {name}, .plus = number}};
  return *this;
}

CheckpointMap& CheckpointMap::split(const std::string& name, std::span<const Rows> parameters,
                                    bool transposed) {
  std::int64_t first = 0;
  for (const Rows& parameter : parameters) {
    parts_[parameter.name] = {StoredPart{
        .names = {name}, .rows = parameter.rows, .first_row = first, .transposed = transposed}};
    first += parameter.rows;
  }
  return *this;
}

CheckpointMap& CheckpointMap::stack(const std::string& parameter, std::span<const Rows> stored) {
  std::vector<StoredPart>& parts = parts_[parameter];
  parts.clear();
  for (const Rows& tensor : stored)
    parts.push_back(StoredPart{.names = {tensor.name}, .rows = tensor.rows});
  return *this;
}

CheckpointMap& CheckpointMap::newly_initialized(const std::string& parameter) {
  parts_[parameter].clear();
  return *this;
}

CheckpointMap& CheckpointMap::ignore(std::string prefix) {
  ignored_.push_back(std::move(prefix));
  return *this;
}

CheckpointMap& CheckpointMap::also_without(std::string prefix) {
  left_out_ = std::move(prefix);
  return *this;
}

CheckpointMap& CheckpointMap::ignore_ending(std::string ending) {
  ignored_endings_.push_back(std::move(ending));
  return *this;
}

CheckpointMap& CheckpointMap::keep(std::string prefix) {
  kept_.push_back(std::move(prefix));
  return *this;
}

std::vector<StoredPart> CheckpointMap::parts(const std::string& parameter) const {
  const auto found = parts_.find(parameter);
  std::vector<StoredPart> parts =
      found != parts_.end() ? found->second : std::vector{StoredPart{.names = {parameter}}};
  if (left_out_.empty()) return parts;
  for (StoredPart& part : parts)
    for (std::size_t i = 0, count = part.names.size(); i < count; ++i)
      if (part.names[i].starts_with(left_out_))
        part.names.push_back(part.names[i].substr(left_out_.size()));
  return parts;
}

bool CheckpointMap::ignores(std::string_view name) const {
  const auto begins = [&](const std::string& prefix) { return name.starts_with(prefix); };
  const auto ends = [&](const std::string& ending) { return name.ends_with(ending); };
  return !keeps(name) && (std::any_of(ignored_.begin(), ignored_.end(), begins) ||
                          std::any_of(ignored_endings_.begin(), ignored_endings_.end(), ends));
}

bool CheckpointMap::keeps(std::string_view name) const {
  return std::any_of(kept_.begin(), kept_.end(),
                     [&](const std::string& prefix) { return name.starts_with(prefix); });
}

}  // namespace trainbus
