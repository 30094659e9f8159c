#include "models/checkpoint_map.hpp"

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
  parts_[parameter] = {StoredPart{.names = {name}, .head_dim = head_dim}};
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
  if (found != parts_.end()) return found->second;
  return {StoredPart{.names = {parameter}}};
}

bool CheckpointMap::ignores(std::string_view name) const {
  return !keeps(name) &&
         (std::any_of(ignored_.begin(), ignored_.end(),
                      [&](const std::string& prefix) { return name.starts_with(prefix); }) ||
          std::any_of(ignored_endings_.begin(), ignored_endings_.end(),
                      [&](const std::string& ending) { return name.ends_with(ending); }));
}

bool CheckpointMap::keeps(std::string_view name) const {
  return std::any_of(kept_.begin(), kept_.end(),
                     [&](const std::string& prefix) { return name.starts_with(prefix); });
}

}  // namespace trainbus
