// describe, its second half: a run's first examples as the model reads them.
#include <algorithm>
#include <iostream>
#include <string>

#include "core/io/log.hpp"
#include "engine_entry.hpp"
#include "run/workload.hpp"
#include "table.hpp"
#include "tasks/rendered_examples.hpp"

namespace trainbus {
namespace {

constexpr std::size_t shown = 3, most_tokens = 64, margin = 4;

std::string counted(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string heading(const RenderedExample& example, std::size_t number) {
  const auto scored =
      static_cast<std::size_t>(std::ranges::count(example.tokens, true, &RenderedToken::scored));
  std::string text = "  " + std::to_string(number) + ": " + counted(example.tokens.size(), "token");
  if (!example.options.empty())
    return text + ", then one of " + counted(example.options.size(), "option");
  if (example.label) return text + ", of class " + std::to_string(*example.label);
  return text + ", " + std::to_string(scored) + " of them scored";
}

void print(const RenderedExample& example, std::size_t number) {
  const auto width = std::max<std::size_t>(cli::text_width(), margin + 40);
  std::cout << heading(example, number) << '\n'
            << token_lines(example.tokens, margin, width, most_tokens) << '\n';
  for (const RenderedExample::Option& option : example.options)
    std::cout << (option.right ? "    right  " : "           ")
              << token_lines(option.tokens, 0, width - 11, most_tokens) << '\n';
}

}  // namespace

TRAINBUS_ENGINE_VERB(describe_examples)(const RunSpec& spec, Requests&) {
  const Workload workload = load_workload(spec);
  if (!workload.tokenizer || workload.task->batches_per_epoch() == 0) return 0;
  const auto examples =
      rendered_examples(workload.task->train_batch(0, 0), *workload.tokenizer, shown);
  if (examples.empty()) return 0;
  std::cout << '\n'
            << workload.summary
            << "\nThe first examples, as the model reads them: a border between tokens, [scored] "
               "ones in brackets\n";
  for (std::size_t i = 0; i < examples.size(); ++i) print(examples[i], i + 1);
  return 0;
}

}  // namespace trainbus
