// describe --model: what a model's folder or file holds.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "core/plan/model_task.hpp"
#include "engine_entry.hpp"
#include "models/files/model_summary.hpp"
#include "table.hpp"
#include "text/tokenizer_kinds.hpp"

namespace trainbus {
namespace {

// "134,515,008".
std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (auto place = static_cast<std::ptrdiff_t>(text.size()) - 3; place > 0; place -= 3)
    text.insert(static_cast<std::size_t>(place), 1, ',');
  return text;
}

std::string counted(std::int64_t count, const std::string& noun) {
  return grouped(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string bytes_text(std::uint64_t bytes) {
  const char* units[] = {"bytes", "KiB", "MiB", "GiB", "TiB"};
  auto amount = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (amount >= 1024 && unit + 1 < std::size(units)) {
    amount /= 1024;
    ++unit;
  }
  char text[32];
  std::snprintf(text, sizeof text, unit > 0 && amount < 10 ? "%.1f %s" : "%.0f %s", amount,
                units[unit]);
  return text;
}

std::string joined(const std::vector<std::string>& parts, const char* between = ", ") {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : between) + part;
  return text;
}

std::string in_one_line(const std::string& text) {
  std::string line;
  for (const char c : text) line += c == '\n' ? "\\n" : c == '\t' ? "\\t" : std::string(1, c);
  return line;
}

class Description {
 public:
  explicit Description(const ModelSummary& summary)
      : summary_(summary), problems_(summary.problems) {
    row("path", summary.path.string());
    if (summary.config) add_family();
    add_weights();
    add_unused();
    if (summary.tokenizer) add_tokenizer();
    add_task();
    for (const std::string& problem : problems_) row("does not open", problem);
  }

  bool opens() const { return problems_.empty(); }

  void print() const {
    constexpr unsigned column = 15;
    for (const auto& [name, text] : rows_) {
      std::string start = name;
      start.resize(column, ' ');
      // wrapped() counts from the margin on: the name takes the first column.
      std::cout << start << cli::wrapped(text, column, std::max(cli::text_width(), column + 40))
                << '\n';
    }
  }

 private:
  void row(std::string name, std::string text) {
    rows_.emplace_back(std::move(name), std::move(text));
  }

  void add_family() {
    const ModelConfig& c = *summary_.config;
    const bool decoder = summary_.family->kind == ModelKind::Decoder;
    row("family", std::string(summary_.family->title) + " (" + c.model_type + "): " +
                      (decoder            ? "predicts the next token"
                       : summary_.classes ? classes_text()
                                          : "predicts masked tokens"));
    if (summary_.parameters > 0)
      row("size", grouped(summary_.parameters) + " parameters in " +
                      counted(summary_.parameter_tensors, "tensor"));
    std::string heads = counted(c.heads, "head") + " of " + grouped(c.head_dim);
    if (c.kv_heads != c.heads) heads += " (" + grouped(c.kv_heads) + " for keys and values)";
    row("layers", counted(c.layers, "layer") + " of " + heads + ", hidden size " +
                      grouped(c.hidden_size) + ", MLP " + grouped(c.intermediate_size));
    row("reads", counted(c.max_position_embeddings, "position") + ", a vocabulary of " +
                     grouped(c.vocab_size) +
                     (c.tie_word_embeddings && decoder ? ", embedding and output tied" : "") +
                     window_text(c));
  }

  static std::string window_text(const ModelConfig& c) {
    if (c.attention.window == 0) return "";
    const auto with = static_cast<std::int64_t>(
        std::count_if(c.attention.layers.begin(), c.attention.layers.end(),
                      [](const LayerKind& layer) { return layer.window; }));
    return ", a window of " + grouped(c.attention.window) + " in " +
           (with == c.layers ? "all" : grouped(with)) + " layers";
  }

  std::string classes_text() const {
    if (!summary_.new_parameters.empty())
      return "no head is stored; text-classification begins a new one";
    std::vector<std::string> names;
    for (const std::string& label : summary_.config->labels) names.push_back("'" + label + "'");
    return "predicts " + grouped(static_cast<std::int64_t>(names.size())) +
           (names.size() == 1 ? " class: " : " classes: ") + joined(names);
  }

  void add_weights() {
    if (summary_.tensors == 0) return;
    std::uint64_t bytes = 0;
    std::vector<std::string> types;
    for (const ModelSummary::StoredType& type : summary_.types) {
      bytes += type.bytes;
      types.push_back(type.name + " " + bytes_text(type.bytes) + " in " +
                      counted(type.tensors, "tensor"));
    }
    std::string files = summary_.files.front().filename().string();
    if (summary_.files.size() > 1)
      files += " and " + counted(static_cast<std::int64_t>(summary_.files.size()) - 1, "more file");
    row("weights", summary_.format + ", " + files + ": " + joined(types));
    if (summary_.parameters > 0) {
      row("memory",
          quantised_text(bytes) + bytes_text(static_cast<std::uint64_t>(summary_.parameters) * 4) +
              " as float32, " + bytes_text(static_cast<std::uint64_t>(summary_.parameters) * 2) +
              " with --dtype bfloat16");
    }
  }

  // "5.7 bits a parameter in the file; "; nothing where types are not mixed.
  std::string quantised_text(std::uint64_t bytes) const {
    if (!summary_.format.starts_with("GGUF")) return "";
    char text[64];
    std::snprintf(text, sizeof text, "%.1f bits a parameter in the file; ",
                  8 * static_cast<double>(bytes) / static_cast<double>(summary_.parameters));
    return text;
  }

  void add_unused() {
    std::map<Unused, std::vector<std::string>> by_reason;
    for (const auto& [name, why] : summary_.unused) by_reason[why].push_back(name);
    for (const auto& [why, names] : by_reason) {
      constexpr std::size_t most = 3;
      std::vector<std::string> shown;
      for (std::size_t i = 0; i < std::min(most, names.size()); ++i)
        shown.push_back("'" + names[i] + "'");
      std::string text = joined(shown);
      if (names.size() > most)
        text += " and " + grouped(static_cast<std::int64_t>(names.size() - most)) + " more";
      row("not used", text + ": " + reason(why));
    }
    if (!summary_.new_parameters.empty() && !summary_.classes)
      row("not stored",
          counted(static_cast<std::int64_t>(summary_.new_parameters.size()), "parameter") +
              ", taken for zero");
  }

  static std::string reason(Unused why) {
    switch (why) {
      case Unused::Derived:
        return "follows from the configuration or from other tensors; not saved";
      case Unused::OtherUse:
        return "a head for another use; saved as it is";
      case Unused::NotComputed:
        return "the family does not compute with it; saved as it is";
      case Unused::InsideLayer:
        return "would change what a layer computes";
    }
    return "";
  }

  void add_tokenizer() {
    const TokenizerSpec& spec = *summary_.tokenizer;
    row("tokenizer",
        std::string(kind_of(spec).name) + ", " +
            counted(static_cast<std::int64_t>(spec.tokens.size() - spec.unused_ids.size()),
                    "token") +
            (spec.chat_template.empty() ? "" : ", with a chat template") +
            (spec.where == summary_.path.string() ? "" : ", from " + spec.where));
    std::vector<std::string> around;
    for (const std::int32_t id : spec.prefix) around.push_back(spec.token(id));
    around.emplace_back("TEXT");
    for (const std::int32_t id : spec.suffix) around.push_back(spec.token(id));
    row("a text reads", joined(around, " "));
  }

  void add_task() try {
    const ModelTask task = read_model_task(summary_.path);
    if (task.task.empty()) return;
    row("trained for", "--task " + task.task);
    for (const auto& [option, value] : task.options) row("  " + option, in_one_line(value));
  } catch (const UsageError& error) {
    problems_.emplace_back(error.what());
  }

  const ModelSummary& summary_;
  std::vector<std::string> problems_;
  std::vector<std::pair<std::string, std::string>> rows_;
};

}  // namespace

TRAINBUS_ENGINE_VERB(describe)(const RunSpec& spec, Requests&) {
  const ModelSummary summary = summarize_model(spec.run.text("model"));
  const Description description(summary);
  description.print();
  constexpr int does_not_open = 2;
  return description.opens() ? 0 : does_not_open;
}

}  // namespace trainbus
