#include "generation/generate.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

#include "core/io/error.hpp"
#include "generation/text_stream.hpp"
#include "models/families/registry.hpp"
#include "models/generation/next_logits.hpp"

namespace trainbus {
namespace {

// Prompts that begin in one step have so many tokens together, if there are several: their
// activations are in memory at once.
constexpr std::size_t prompt_tokens_per_step = 4096;

[[noreturn]] void refuse(const std::string& what, const std::string& remedy) {
  throw RunError(what, "generation", remedy);
}

void check(const PretrainedModel& model, const Tokenizer* tokenizer,
           std::span<const std::vector<std::int32_t>> prompts, const GenerationOptions& options) {
  const ModelFamily* family = find_model_family(model.family());
  if (!family || family->kind != ModelKind::Decoder)
    refuse("a model of the family " + model.family() + ", expected a decoder",
           "Generate with a model that predicts the next token.");
  if (options.max_new_tokens < 1 || options.batch_size < 1)
    refuse(std::to_string(options.max_new_tokens) + " new tokens in batches of " +
               std::to_string(options.batch_size) + ", expected at least 1",
           "Ask for at least one.");
  if (!options.stop_texts.empty() && !tokenizer)
    refuse("stop texts without a tokenizer", "Give the tokenizer.");
  for (const std::string& text : options.stop_texts)
    if (text.empty()) refuse("an empty stop text", "Give texts of at least one character.");
  for (std::size_t row = 0; row < prompts.size(); ++row) {
    const auto tokens = static_cast<std::int64_t>(prompts[row].size());
    if (tokens == 0 || tokens > model.positions())
      refuse("prompt " + std::to_string(row) + " has " + std::to_string(tokens) +
                 " tokens, expected 1 to " + std::to_string(model.positions()),
             "Give a shorter prompt, but not an empty one.");
  }
}

// ln softmax(logits)[id].
float log_probability(std::span<const float> logits, std::int32_t id) {
  const float largest = *std::ranges::max_element(logits);
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - largest);
  const double chosen = logits[static_cast<std::size_t>(id)];
  return static_cast<float>(chosen - largest - std::log(sum));
}

// A text on its way.
struct Row {
  std::size_t number;
  std::vector<std::int32_t> text;  // prompt and what was generated
  KvCache cache;
  Generated result = {};
  std::optional<TextStream> stream = {};
  std::string shown_or_held = {};  // text so far
  std::size_t shown = 0;
};

class Generation {
 public:
  Generation(const PretrainedModel& model, const Tokenizer* tokenizer,
             std::span<const std::vector<std::int32_t>> prompts, const GenerationOptions& options,
             const GenerationHooks& hooks)
      : model_(model),
        tokenizer_(tokenizer),
        prompts_(prompts),
        options_(options),
        hooks_(hooks),
        sampler_(options.sampling),
        stop_texts_(options.stop_texts),
        results_(prompts.size()) {}

  std::vector<Generated> run(Weights& weights) {
    while (admit(), !rows_.empty()) {
      if (hooks_.interrupted && hooks_.interrupted()) {
        for (Row& row : rows_) end(row, Ending::Interrupted);
        break;
      }
      step(weights);
    }
    return std::move(results_);
  }

 private:
  void admit() {
    for (std::size_t tokens = 0;
         next_ < prompts_.size() && rows_.size() < static_cast<std::size_t>(options_.batch_size);) {
      tokens += prompts_[next_].size();
      if (tokens > prompt_tokens_per_step && tokens > prompts_[next_].size()) return;
      Row row{next_, prompts_[next_], cache_for(model_)};
      const auto length = static_cast<std::int64_t>(row.text.size());
      row.cache.reserve(std::min(model_.positions(), length + options_.max_new_tokens));
      if (tokenizer_) row.stream.emplace(*tokenizer_);
      rows_.push_back(std::move(row));
      ++next_;
    }
  }

  // One more token for each row.
  void step(Weights& weights) {
    std::vector<Continuation> texts;
    for (Row& row : rows_) {
      const auto length = static_cast<std::int64_t>(row.text.size());
      if (!model_.keys_serve(row.cache.size(), length)) row.cache.clear();
      texts.push_back(
          {&row.cache, std::span(row.text).subspan(static_cast<std::size_t>(row.cache.size()))});
    }
    const at::Tensor logits = next_logits(model_, weights, texts).contiguous();
    const auto width = static_cast<std::size_t>(logits.size(1));
    for (std::size_t i = 0; i < rows_.size(); ++i)
      choose(rows_[i], {logits.const_data_ptr<float>() + i * width, width});
    std::erase_if(rows_, [](const Row& row) { return row.text.empty(); });
  }

  void choose(Row& row, std::span<const float> logits) {
    const auto at = static_cast<std::int64_t>(row.result.ids.size());
    const double uniform =
        hooks_.uniform ? hooks_.uniform(row.number, at)
                       : sampling_uniform(options_.seed, static_cast<std::uint32_t>(row.number),
                                          static_cast<std::uint32_t>(at));
    const std::int32_t id = sampler_.choose(logits, uniform).id;
    row.result.ids.push_back(id);
    row.text.push_back(id);
    if (options_.log_probabilities)
      row.result.log_probabilities.push_back(log_probability(logits, id));
    if (std::ranges::find(options_.stop_tokens, id) != options_.stop_tokens.end())
      return end(row, Ending::StopToken);
    if (row.stream && take_text(row, row.stream->add(id))) return end(row, Ending::StopText);
    if (at + 1 == options_.max_new_tokens) return end(row, Ending::Length);
    if (static_cast<std::int64_t>(row.text.size()) > model_.positions())
      end(row, Ending::Positions);
  }

  // Whether a stop text is reached.
  bool take_text(Row& row, const std::string& more) {
    std::string& text = row.shown_or_held;
    const std::size_t before = text.size();
    text += more;
    const std::optional<std::size_t> stop = stop_texts_.find(text, before);
    if (stop) text.resize(*stop);
    show(row, stop ? text.size() : text.size() - stop_texts_.begun(text));
    return stop.has_value();
  }

  void show(Row& row, std::size_t until) {
    if (until <= row.shown) return;
    if (hooks_.on_text)
      hooks_.on_text(row.number,
                     std::string_view(row.shown_or_held).substr(row.shown, until - row.shown));
    row.shown = until;
  }

  void end(Row& row, Ending ending) {
    if (row.stream && ending != Ending::StopText && take_text(row, row.stream->finish()))
      ending = Ending::StopText;
    Generated& result = results_[row.number];
    result = std::move(row.result);
    result.ending = ending;
    if (row.stream) {
      show(row, row.shown_or_held.size());
      std::span ids(result.ids);
      if (ending == Ending::StopToken) ids = ids.first(ids.size() - 1);
      result.text =
          ending == Ending::StopText ? row.shown_or_held : generated_text(*tokenizer_, ids);
    }
    if (hooks_.on_end) hooks_.on_end(row.number, result);
    row.text.clear();  // it is done
  }

  const PretrainedModel& model_;
  const Tokenizer* tokenizer_;
  std::span<const std::vector<std::int32_t>> prompts_;
  const GenerationOptions& options_;
  const GenerationHooks& hooks_;
  Sampler sampler_;
  StopTexts stop_texts_;
  std::vector<Row> rows_;
  std::size_t next_ = 0;  // prompt that has not begun
  std::vector<Generated> results_;
};

}  // namespace

std::string_view ending_name(Ending ending) {
  switch (ending) {
    case Ending::StopToken:
      return "token";
    case Ending::StopText:
      return "text";
    case Ending::Positions:
      return "positions";
    case Ending::Interrupted:
      return "interrupted";
    case Ending::Length:
      break;
  }
  return "length";
}

std::vector<Generated> generate(const PretrainedModel& model, Weights& weights,
                                const Tokenizer* tokenizer,
                                std::span<const std::vector<std::int32_t>> prompts,
                                const GenerationOptions& options, const GenerationHooks& hooks) {
  check(model, tokenizer, prompts, options);
  return Generation(model, tokenizer, prompts, options, hooks).run(weights);
}

}  // namespace trainbus
