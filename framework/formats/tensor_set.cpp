#include "formats/tensor_set.hpp"

#include <boost/json/object.hpp>
#include <system_error>

#include "core/io/error.hpp"
#include "core/io/json.hpp"
#include "formats/foreign_file.hpp"
#include "formats/json_fields.hpp"
#include "formats/missing_weights.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

// The usual names.
template <class File>
constexpr std::string_view single_name = "model.safetensors";
template <>
constexpr std::string_view single_name<TorchFile> = "pytorch_model.bin";

template <class File>
fs::path single_path(const fs::path& folder) {
  return folder / single_name<File>;
}
template <class File>
fs::path index_path(const fs::path& folder) {
  return folder / (std::string(single_name<File>) + ".index.json");
}

// tensor → shard, from the index. A shard is a plain file name: an index cannot point outside its
// folder.
std::map<std::string, std::string> read_weight_map(const fs::path& index) {
  const MappedFile file(index);
  refuse_foreign(file.text(), index, FileKind::Text);
  const json::value document = parse_json(file.text(), index.string());
  const JsonFields fields = JsonFields(document, index.string()).object("weight_map");
  std::map<std::string, std::string> shards;
  for (const json::key_value_pair& entry : fields.members()) {
    const std::string shard = fields.text(entry.key());
    if (shard.empty() || shard == "." || shard == ".." ||
        shard.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos)
      fields.refuse(entry.key(), "the name of a file beside the index");
    shards.emplace(entry.key(), shard);
  }
  return shards;
}

}  // namespace

template <class File>
TensorSet<File>::TensorSet(const fs::path& path) : path_(path) {
  std::error_code ignored;
  if (path.filename().string().ends_with(".index.json")) {
    open_shards(path);
  } else if (!fs::is_directory(path, ignored)) {
    files_.emplace_back(path);
    add(0);
  } else if (fs::exists(single_path<File>(path), ignored)) {
    files_.emplace_back(single_path<File>(path));
    add(0);
  } else if (fs::exists(index_path<File>(path), ignored)) {
    open_shards(index_path<File>(path));
  } else {
    refuse_without_weights(path);
  }
}

template <class File>
bool TensorSet<File>::is_in(const fs::path& folder) {
  std::error_code ignored;
  return fs::exists(single_path<File>(folder), ignored) ||
         fs::exists(index_path<File>(folder), ignored);
}

template <class File>
void TensorSet<File>::open_shards(const fs::path& index) {
  const std::map<std::string, std::string> weight_map = read_weight_map(index);
  std::map<std::string, std::size_t> opened;
  for (const auto& [tensor, shard] : weight_map)
    if (opened.try_emplace(shard, files_.size()).second) {
      files_.emplace_back(index.parent_path() / shard);
      add(files_.size() - 1);
    }
  for (const auto& [tensor, shard] : weight_map) {
    const auto found = index_.find(tensor);
    if (found == index_.end() || found->second.file != opened.at(shard))
      throw UsageError("lists tensor \"" + tensor + "\" in " + shard + ", but it is not there",
                       index.string(),
                       "Index and shards are of different checkpoints; get them again.");
  }
  for (const auto& [tensor, place] : index_)
    if (!weight_map.contains(tensor))
      throw UsageError("does not list tensor \"" + tensor + "\" of " +
                           files_[place.file].path().filename().string(),
                       index.string(),
                       "Index and shards are of different checkpoints; get them again.");
}

template <class File>
void TensorSet<File>::add(std::size_t file) {
  const std::vector<Info>& tensors = files_[file].tensors();
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const auto [place, fresh] = index_.try_emplace(tensors[i].name, Place{file, i});
    if (!fresh)
      throw UsageError("holds tensor \"" + tensors[i].name + "\", which is also in " +
                           files_[place->second.file].path().filename().string(),
                       files_[file].path().string(), "Keep one of the two.");
  }
}

template <class File>
std::vector<std::string> TensorSet<File>::names() const {
  std::vector<std::string> names;
  for (const auto& [name, place] : index_) names.push_back(name);
  return names;
}

template <class File>
typename TensorSet<File>::Tensor TensorSet<File>::at(std::string_view name) const {
  const auto found = index_.find(name);
  if (found == index_.end()) {
    const std::string hint = did_you_mean(name, names());
    throw UsageError(
        "has no tensor \"" + std::string(name) + "\" among its " + std::to_string(index_.size()),
        path_.string(), hint.empty() ? "Use a checkpoint of this architecture." : hint);
  }
  const File& file = files_[found->second.file];
  return {&file.tensors()[found->second.tensor], &file};
}

template class TensorSet<SafetensorsFile>;
template class TensorSet<TorchFile>;

}  // namespace trainbus
