#include "models/files/stored_parts.hpp"

#include <algorithm>
#include <map>
#include <span>

#include "core/io/error.hpp"

namespace trainbus {
namespace {

using Sizes = std::vector<std::int64_t>;

std::string sizes_text(std::span<const std::int64_t> sizes) {
  std::string text = "[";
  for (const std::int64_t size : sizes)
    text += (text.size() > 1 ? ", " : "") + std::to_string(size);
  return text + "]";
}

// The prefix of a matching name, in all tensors or in at least one.
std::string prefix_before(const std::vector<std::string>& stored,
                          const std::vector<std::string>& wanted) {
  for (const std::string& name : stored)
    for (const std::string& end : wanted)
      if (name.size() > end.size() && name.ends_with("." + end))
        return name.substr(0, name.size() - end.size());
  return {};
}

// A command that takes the prefix off all names of the file.
std::string without_prefix(const std::string& file, const std::string& prefix) {
  const std::string take_off = "{k.removeprefix('" + prefix + "'): v for k, v in ";
  if (!file.ends_with(".safetensors"))
    return "Take it off: python -c \"import torch; f = '" + file + "'; torch.save(" + take_off +
           "torch.load(f, weights_only=True).items()}, f)\"";
  return "Take it off: python -c \"from safetensors.torch import load_file as l, save_file as s; "
         "f = '" +
         file + "'; s(" + take_off + "l(f).items()}, f, {'format': 'pt'})\"";
}

[[noreturn]] void refuse_missing(const Checkpoint& checkpoint,
                                 const std::vector<std::string>& wanted) {
  const std::vector<std::string> stored = checkpoint.names();
  const std::string what =
      "has no tensor \"" + wanted.front() + "\" among its " + std::to_string(stored.size());
  if (const std::string prefix = prefix_before(stored, wanted); !prefix.empty()) {
    const auto with = std::count_if(stored.begin(), stored.end(), [&](const std::string& name) {
      return name.starts_with(prefix);
    });
    const std::string file = checkpoint.file_of(stored.front()).string();
    throw UsageError(what + ": the names of " +
                         (static_cast<std::size_t>(with) == stored.size() ? std::string("all")
                                                                          : std::to_string(with)) +
                         " begin with \"" + prefix + "\", which a wrapper of the model left there",
                     file, without_prefix(file, prefix));
  }
  if (wanted.front() == "lm_head.weight")
    throw UsageError(what + ", and config.json does not tie the output matrix to the embedding",
                     checkpoint.path().string(),
                     "Set \"tie_word_embeddings\": true in config.json if they are one matrix.");
  const std::string hint = did_you_mean(wanted.front(), stored);
  throw UsageError(what, checkpoint.path().string(),
                   hint.empty() ? "Use a complete checkpoint of this architecture." : hint);
}

const std::string& find_name(const Checkpoint& checkpoint, const std::vector<std::string>& names) {
  const auto found = std::find_if(names.begin(), names.end(),
                                  [&](const std::string& name) { return checkpoint.has(name); });
  if (found == names.end()) refuse_missing(checkpoint, names);
  return *found;
}

// The size of each stored tensor, from the parameters that lie in it.
void expect(std::map<std::string, Sizes>& expected, const FoundPart& found,
            const Parameters::Shape& shape) {
  const std::int64_t end = found.part.first_row + found.rows;
  Sizes sizes = shape.sizes;
  sizes.front() = end;
  if (found.part.transposed) std::reverse(sizes.begin(), sizes.end());
  Sizes& known = expected.try_emplace(found.name, sizes).first->second;
  for (std::size_t i = 0; i < known.size() && i < sizes.size(); ++i)
    known[i] = std::max(known[i], sizes[i]);
}

// A checkpoint may hold more than the model has, a head for another task, say. But one that goes on
// where the configuration ends, with further layers, belongs to another configuration.
void refuse_further_layers(const Checkpoint& checkpoint, const std::set<std::string>& taken) {
  std::set<std::string> kinds;
  for (const std::string& name : taken) kinds.insert(kind_of_name(name));
  for (const std::string& name : checkpoint.names())
    if (!taken.contains(name) && kinds.contains(kind_of_name(name)))
      throw UsageError("holds '" + name + "', a layer that the configuration does not have",
                       checkpoint.path().string(),
                       "Take the config.json that belongs to these weights.");
}

}  // namespace

std::optional<std::string> stored_name(const Checkpoint& checkpoint, const CheckpointMap& map,
                                       std::string_view parameter) {
  for (const StoredPart& part : map.parts(std::string(parameter)))
    for (const std::string& name : part.names)
      if (checkpoint.has(name)) return name;
  return std::nullopt;
}

std::string kind_of_name(std::string_view name) {
  std::string kind;
  for (const char c : name) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit)
      kind += c;
    else if (kind.empty() || kind.back() != '#')
      kind += '#';
  }
  return kind;
}

std::vector<std::vector<FoundPart>> find_parts(const std::vector<Parameters::Shape>& shapes,
                                               const Checkpoint& checkpoint,
                                               const CheckpointMap& map,
                                               std::set<std::string>& taken) {
  std::vector<std::vector<FoundPart>> found;
  std::map<std::string, Sizes> expected;
  for (const Parameters::Shape& shape : shapes) {
    found.emplace_back();
    std::int64_t first = 0;
    for (StoredPart& part : map.parts(shape.name)) {
      const std::string name = find_name(checkpoint, part.names);
      const std::int64_t rows = part.rows > 0 ? part.rows : shape.sizes.front();
      found.back().push_back({std::move(part), name, first, rows});
      expect(expected, found.back().back(), shape);
      taken.insert(name);
      first += rows;
    }
  }
  for (const auto& [name, sizes] : expected)
    if (const Sizes& stored = *checkpoint.shape(name); stored != sizes)
      throw UsageError("tensor '" + name + "' has the shape " + sizes_text(stored) +
                           ", the configuration asks for " + sizes_text(sizes),
                       checkpoint.file_of(name).string(),
                       "Take the config.json that belongs to these weights.");
  refuse_further_layers(checkpoint, taken);
  return found;
}

}  // namespace trainbus
