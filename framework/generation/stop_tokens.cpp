// The tokens that end a model's texts, from where its files say so.
#include <algorithm>
#include <boost/json.hpp>

#include "core/io/json.hpp"
#include "generation/generate.hpp"

namespace trainbus {
namespace {

namespace json = boost::json;

// A chat model's generation_config.json lists the end of a turn beside the end of a text.
void add_configured(const PretrainedModel& model, std::vector<std::int64_t>& ids) {
  for (const KeptFile& file : model.kept_files()) {
    if (file.name != "generation_config.json") continue;
    const auto document = try_parse_json(file.bytes);
    if (!document || !document->is_object()) continue;
    const json::value* value = document->get_object().if_contains("eos_token_id");
    if (!value) continue;
    if (const std::int64_t* id = value->if_int64()) ids.push_back(*id);
    if (!value->is_array()) continue;
    for (const json::value& each : value->get_array())
      if (const std::int64_t* id = each.if_int64()) ids.push_back(*id);
  }
}

}  // namespace

std::vector<std::int32_t> stop_tokens_of(const PretrainedModel& model, const Tokenizer& tokenizer) {
  std::vector<std::int64_t> ids = model.config().eos_ids;
  if (tokenizer.eos()) ids.push_back(*tokenizer.eos());
  add_configured(model, ids);
  std::vector<std::int32_t> stops;
  for (const std::int64_t id : ids)
    if (id >= 0 && id < model.config().vocab_size) stops.push_back(static_cast<std::int32_t>(id));
  std::ranges::sort(stops);
  stops.erase(std::unique(stops.begin(), stops.end()), stops.end());
  return stops;
}

}  // namespace trainbus
