#include "tasks/rendered_examples.hpp"

#include <trainbus/plugin/display_width.hpp>

#include <algorithm>
#include <span>
#include <utility>

namespace trainbus {
namespace {

using Ids = std::vector<std::int32_t>;

std::span<const std::int64_t> numbers(const at::Tensor& tensor) {
  if (!tensor.defined()) return {};
  return {tensor.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(tensor.numel())};
}

// A token's text depends on the one before it: a word's beginning has its blank.
std::string text_of(const Tokenizer& tokenizer, std::optional<std::int32_t> before,
                    std::int32_t id) {
  const auto decoded = [&](const Ids& ids) {
    try {
      return tokenizer.decode(ids);
    } catch (const std::exception&) {
      return "<" + std::to_string(ids.back()) + ">";  // an id without a token
    }
  };
  const std::string alone = decoded({id});
  if (!before) return alone;
  const std::string first = decoded({*before}), both = decoded({*before, id});
  return both.starts_with(first) ? both.substr(first.size()) : alone;
}

class Renderer {
 public:
  Renderer(const Batch& batch, const Tokenizer& tokenizer, std::size_t count)
      : batch_(batch), tokenizer_(tokenizer), count_(count) {}

  std::vector<RenderedExample> examples() {
    if (!batch_.tokens.defined()) return {};
    if (batch_.choice_count > 0)
      add_choices();
    else if (batch_.candidate_ids.defined())
      add_candidates();
    else
      add_sequences();
    if (examples_.size() > count_) examples_.resize(count_);
    return std::move(examples_);
  }

 private:
  std::size_t sequence_of(std::int64_t token) const {
    const auto offsets = numbers(batch_.offsets);
    return static_cast<std::size_t>(std::ranges::upper_bound(offsets, token) - offsets.begin()) - 1;
  }

  // The sequence with what it continues, up to a packed token if one is given.
  Ids text(std::size_t sequence, std::optional<std::int64_t> until = {}) const {
    const auto offsets = numbers(batch_.offsets), tokens = numbers(batch_.tokens);
    const auto prefixes = numbers(batch_.prefixes);
    Ids ids;
    if (!prefixes.empty() && prefixes[sequence] >= 0)
      ids = text(static_cast<std::size_t>(prefixes[sequence]));
    const std::int64_t end = until ? *until + 1 : offsets[sequence + 1];
    for (std::int64_t i = offsets[sequence]; i < end; ++i)
      ids.push_back(static_cast<std::int32_t>(tokens[static_cast<std::size_t>(i)]));
    return ids;
  }

  std::vector<RenderedToken> rendered(std::span<const std::int32_t> ids,
                                      std::optional<std::int32_t> before = {}) const {
    std::vector<RenderedToken> tokens;
    for (const std::int32_t id : ids) {
      tokens.push_back({text_of(tokenizer_, before, id)});
      before = id;
    }
    return tokens;
  }

  // Texts that differ behind what they have in common.
  void add_options(const std::vector<Ids>& texts, std::size_t shared, std::size_t right) {
    RenderedExample example;
    const auto common = std::span(texts.front()).first(shared);
    example.tokens = rendered(common);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      RenderedExample::Option option{
          rendered(std::span(texts[i]).subspan(shared),
                   shared > 0 ? std::optional(common.back()) : std::nullopt),
          i == right};
      for (RenderedToken& token : option.tokens) token.scored = true;
      example.options.push_back(std::move(option));
    }
    examples_.push_back(std::move(example));
  }

  void add_choices() {
    const auto targets = numbers(batch_.targets), at = numbers(batch_.target_positions);
    const auto choices = numbers(batch_.target_choices), rows = numbers(batch_.logit_positions);
    const auto labels = numbers(batch_.labels);
    for (std::size_t t = 0; t < targets.size() && examples_.size() < count_;) {
      const std::int64_t example = choices[t] / batch_.choice_count;
      std::vector<Ids> texts;
      std::size_t shared = SIZE_MAX;
      while (t < targets.size() && choices[t] / batch_.choice_count == example) {
        const std::int64_t choice = choices[t];
        const std::int64_t position = rows[static_cast<std::size_t>(at[t])];
        texts.push_back(text(sequence_of(position), position));
        shared = std::min(shared, texts.back().size());
        for (; t < targets.size() && choices[t] == choice; ++t)
          texts.back().push_back(static_cast<std::int32_t>(targets[t]));
      }
      for (const Ids& each : texts) {
        const auto [here, there] =
            std::mismatch(each.begin(), each.begin() + static_cast<std::ptrdiff_t>(shared),
                          texts.front().begin());
        shared = static_cast<std::size_t>(here - each.begin());
      }
      add_options(texts, shared,
                  static_cast<std::size_t>(labels[static_cast<std::size_t>(example)]));
    }
  }

  void add_candidates() {
    const auto rows = numbers(batch_.logit_positions), targets = numbers(batch_.targets);
    for (std::size_t r = 0; r < rows.size() && examples_.size() < count_; ++r) {
      const Ids prompt = text(sequence_of(rows[r]));
      std::vector<Ids> texts;
      for (const std::int64_t id : numbers(batch_.candidate_ids)) {
        texts.push_back(prompt);
        texts.back().push_back(static_cast<std::int32_t>(id));
      }
      add_options(texts, prompt.size(), static_cast<std::size_t>(targets[r]));
    }
  }

  void add_sequences() {
    const auto offsets = numbers(batch_.offsets), rows = numbers(batch_.logit_positions);
    const auto targets = numbers(batch_.targets);
    std::size_t r = 0;
    for (std::size_t s = 0; s + 1 < offsets.size() && examples_.size() < count_; ++s) {
      RenderedExample example;
      Ids ids = text(s);
      const std::size_t before = ids.size() - static_cast<std::size_t>(offsets[s + 1] - offsets[s]);
      std::vector<std::size_t> scored;
      for (; r < rows.size() && rows[r] < offsets[s + 1]; ++r) {
        scored.push_back(before + static_cast<std::size_t>(rows[r] - offsets[s]) + 1);
        if (scored.back() == ids.size()) ids.push_back(static_cast<std::int32_t>(targets[r]));
      }
      example.tokens = rendered(ids);
      for (const std::size_t i : scored) example.tokens[i].scored = true;
      if (rows.empty() && s < targets.size()) example.label = targets[s];
      examples_.push_back(std::move(example));
    }
  }

  const Batch& batch_;
  const Tokenizer& tokenizer_;
  std::size_t count_;
  std::vector<RenderedExample> examples_;
};

std::string visible(const RenderedToken& token) {
  std::string text;
  for (const char c : token.text)
    if (c == '\n')
      text += "\\n";
    else if (c == '\t')
      text += "\\t";
    else if (c == '\r')
      text += "\\r";
    else
      text += static_cast<unsigned char>(c) < 32 || c == 127 ? '?' : c;
  return token.scored ? '[' + text + ']' : text;
}

}  // namespace

std::vector<RenderedExample> rendered_examples(const Batch& batch, const Tokenizer& tokenizer,
                                               std::size_t count) {
  return Renderer(batch, tokenizer, count).examples();
}

std::string token_lines(const std::vector<RenderedToken>& tokens, std::size_t indent,
                        std::size_t width, std::size_t most) {
  std::vector<std::string> parts;
  const std::size_t left_out = tokens.size() > most ? tokens.size() - most : 0;
  const std::size_t first = left_out > 0 ? most / 2 : tokens.size();
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (i == first) {
      parts.push_back(" … " + std::to_string(left_out) + " tokens … ");
      i += left_out;
    }
    parts.push_back(visible(tokens[i]));
  }
  const std::string margin(indent, ' ');
  std::string lines = margin;
  std::size_t used = indent;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t cells = display_width(parts[i]) + 1;
    if (used + cells > width && used > indent) {
      lines += '\n' + margin;
      used = indent;
    }
    lines += parts[i] + (i + 1 < parts.size() ? "│" : "");
    used += cells;
  }
  return lines;
}

}  // namespace trainbus
