// models: lists what opens, from the registries.
#include <iostream>
#include <string>
#include <vector>

#include "engine_entry.hpp"
#include "formats/config/config.hpp"
#include "formats/gguf/gguf.hpp"
#include "models/families/registry.hpp"
#include "table.hpp"
#include "tasks/task_kind.hpp"
#include "text/tokenizer_kinds.hpp"

namespace trainbus {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string gguf_of(const ModelFamily& family) {
  if (!family.gguf_as.empty()) return "as " + std::string(family.gguf_as);
  const std::string_view own = gguf_architecture_of(family.model_type);
  return own.empty() ? "-" : std::string(own);
}

std::string gathered(bool (*belongs)(const ModelFamily&)) {
  std::string text;
  for (const ModelFamily* family : model_families())
    if (belongs(*family)) text += (text.empty() ? "" : "; ") + std::string(family->title);
  return text;
}

void print_markdown() {
  std::cout << "| models | |\n|---|---|\n"
            << "| decoders, which predict the next token | "
            << gathered([](const ModelFamily& family) { return family.kind == ModelKind::Decoder; })
            << " |\n| encoders, which predict masked tokens, or classes | "
            << gathered([](const ModelFamily& family) {
                 return family.kind == ModelKind::MaskedEncoder;
               })
            << " |\n| from GGUF files too | "
            << gathered([](const ModelFamily& family) { return gguf_of(family) != "-"; }) << " |\n";
}

void print_rows(const std::string& title, const Rows& rows) {
  std::cout << title << '\n';
  cli::print_table(std::cout, rows, "  ");
  std::cout << '\n';
}

void print_families(const std::string& title, ModelKind kind) {
  Rows rows = {{"models", "model_type", "GGUF"}};
  for (const ModelFamily* family : model_families())
    if (family->kind == kind)
      rows.push_back(
          {std::string(family->title), std::string(family->model_type), gguf_of(*family)});
  print_rows(title, rows);
}

void print_tokenizers() {
  std::cout << "Tokenizers\n";
  for (const TokenizerKind& kind : tokenizer_kinds())
    std::cout << "  " << kind.name << ": " << kind.models << '\n'
              << "    from " << kind.files << '\n';
  std::cout << '\n';
}

void print_files() {
  const unsigned width = cli::text_width();
  std::cout << "Files\n  "
            << cli::wrapped(
                   "a folder with config.json and model.safetensors or pytorch_model.bin, or their "
                   "shards: F32, F64, BF16, F16",
                   4, width)
            << "\n  "
            << cli::wrapped("GGUF, in one file or split: " + readable_ggml_types(), 4, width)
            << "\n\n";
}

void print_tasks() {
  Rows rows;
  for (const TaskKind& kind : task_kinds())
    rows.push_back({std::string(kind.name), std::string(kind.summary)});
  std::cout << "Tasks\n";
  cli::print_table(std::cout, rows, "  ");
}

}  // namespace

TRAINBUS_ENGINE_VERB(models)(const RunSpec& spec, Requests&) {
  if (spec.run.flag("markdown")) {
    print_markdown();
    return 0;
  }
  print_families("Decoders, which predict the next token", ModelKind::Decoder);
  print_families("Encoders, which predict masked tokens, or classes", ModelKind::MaskedEncoder);
  print_tokenizers();
  print_files();
  print_tasks();
  return 0;
}

}  // namespace trainbus
