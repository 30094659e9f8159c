#include "run/starting_scores.hpp"

#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "core/io/crc32c.hpp"
#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/json.hpp"
#include "core/io/log.hpp"
#include "core/io/terminal.hpp"

namespace trainbus {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::int64_t version = 1;

// Of the journal's header: the weights that the run began with, and its data.
json::object basis_of(std::string_view header) {
  const json::value text = try_parse_json(header).value_or(json::object());
  const JsonView view(text);
  return {{"start", view["start"].text_or("")}, {"data", view["data"].text_or("")}};
}

// A line of JSON, then the numbers as float32, little-endian.
std::string bytes_of(const std::vector<float>& scores, std::string_view header) {
  const std::string_view numbers(reinterpret_cast<const char*>(scores.data()),
                                 scores.size() * sizeof(float));
  json::object head = basis_of(header);
  head["version"] = version;
  head["count"] = scores.size();
  head["crc32c"] = crc32c(0, numbers);
  return json::serialize(head) + '\n' + std::string(numbers);
}

// Shows its progress on a terminal, and in the log twice a minute.
std::vector<float> computed(const StartingScores& scores, const Model& model,
                            const std::function<bool()>& stop) {
  using clock = std::chrono::steady_clock;
  constexpr std::chrono::seconds between(30);
  log::info("computing " + scores.name() + " at the weights that the run starts from");
  auto next = clock::now() + between;
  const auto show = [&](std::int64_t done, std::int64_t total) {
    const std::string share = std::to_string(done) + "/" + std::to_string(total);
    terminal().set_live(0, "starting scores " + share);
    if (clock::now() < next) return;
    next = clock::now() + between;
    log::info(scores.name() + ": " + share + " batches");
  };
  const std::optional<std::vector<float>> numbers =
      scores.compute(model, [&](std::int64_t done, std::int64_t total) {
        show(done, total);
        return !stop();
      });
  terminal().set_live(0, "");
  return numbers.value_or(std::vector<float>());
}

}  // namespace

fs::path starting_scores_file(const fs::path& run_folder) { return run_folder / "starting-scores"; }

void use_starting_scores(StartingScores& scores, std::string_view bytes, std::string_view header,
                         const std::string& name) {
  const auto refuse = [&](const std::string& what) {
    throw RunError(what, name, "Remove it: a resumed run computes it anew.");
  };
  const std::size_t end = bytes.find('\n');
  const std::optional<json::value> head = try_parse_json(bytes.substr(0, end));
  if (end == bytes.npos || !head || !head->is_object()) refuse("holds no starting scores");
  const JsonView view(*head);
  if (view["version"].integer().value_or(0) != version)
    refuse("is of version " + std::to_string(view["version"].integer().value_or(0)) +
           ", expected " + std::to_string(version));
  bytes.remove_prefix(end + 1);
  if (bytes.size() != scores.count() * sizeof(float) ||
      view["count"].integer().value_or(-1) != static_cast<std::int64_t>(scores.count()))
    refuse("holds " + std::to_string(bytes.size() / sizeof(float)) + " numbers, expected " +
           std::to_string(scores.count()));
  if (view["crc32c"].integer().value_or(-1) != static_cast<std::int64_t>(crc32c(0, bytes)))
    refuse("is damaged: its checksum does not match");
  for (const auto& [key, value] : basis_of(header))
    if (!value.as_string().empty() && view[key].text_or("") != value.as_string())
      refuse(key == "data" ? "is of other data than the run's"
                           : "is of other weights than the run began with");
  std::vector<float> numbers(scores.count());
  std::memcpy(numbers.data(), bytes.data(), bytes.size());
  scores.use(std::move(numbers));
}

bool compute_starting_scores(StartingScores& scores, const Model& model,
                             const std::function<bool()>& stop) {
  std::vector<float> numbers = computed(scores, model, stop);
  const bool whole = numbers.size() == scores.count();
  if (whole) scores.use(std::move(numbers));
  return whole;
}

void find_starting_scores(const Task& task, const fs::path& model) {
  StartingScores* scores = task.starting_scores();
  fs::path folder = model.lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  const fs::path file = starting_scores_file(folder.parent_path());
  if (!scores || !file_system().exists(file)) return;
  try {
    use_starting_scores(*scores, file_system().read_all(file),
                        json::serialize(json::object{{"data", task.identity()}}), file.string());
  } catch (const RunError& error) {
    log::warning(std::string("the starting scores beside the model are not used: ") + error.what());
  }
}

std::string settle_starting_scores(StartingScores& scores, const Model& model,
                                   std::string_view header, const fs::path& file,
                                   const std::function<bool()>& stop) {
  FileSystem& files = file_system();
  if (files.exists(file)) try {
      std::string bytes = files.read_all(file);
      use_starting_scores(scores, bytes, header, file.string());
      return bytes;
    } catch (const RunError& error) {
      log::warning(std::string(error.what()) + " This attempt does so");
    }
  std::vector<float> numbers = computed(scores, model, stop);
  if (numbers.size() != scores.count()) return {};
  std::string bytes = bytes_of(numbers, header);
  scores.use(std::move(numbers));
  try {
    files.replace(file, bytes);
  } catch (const RunError& error) {
    log::warning(std::string("the starting scores are not kept, a resumed run computes them "
                             "again: ") +
                 error.what());
  }
  return bytes;
}

}  // namespace trainbus
