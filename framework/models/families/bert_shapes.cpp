// The order of BERT's parameters.
#include "core/io/error.hpp"
#include "models/families/bert.hpp"

namespace trainbus {
namespace {

class Shapes {
 public:
  explicit Shapes(std::string prefix) : prefix_(std::move(prefix)) {}

  // The encoder's tensors are named after it, the head's are not.
  void encoder(const std::string& name, std::vector<std::int64_t> sizes) {
    add(prefix_ + name, std::move(sizes));
  }
  void add(const std::string& name, std::vector<std::int64_t> sizes) {
    const std::int64_t rows = sizes.front();
    matrix(name + ".weight", std::move(sizes));
    matrix(name + ".bias", {rows});
  }
  void matrix(const std::string& name, std::vector<std::int64_t> sizes) {
    all.push_back({name, std::move(sizes)});
  }

  std::vector<Parameters::Shape> all;

 private:
  std::string prefix_;
};

std::int64_t class_count(const ModelConfig& config) {
  if (config.labels.empty())
    throw UsageError("the classes have no names", "config.json", "Name them as id2label does.");
  return static_cast<std::int64_t>(config.labels.size());
}

void add_head(const ModelConfig& c, BertHead head, Shapes& shapes) {
  const std::int64_t width = c.hidden_size;
  if (head == BertHead::MaskedLanguageModel) {
    shapes.matrix("cls.predictions.bias", {c.vocab_size});
    shapes.add("cls.predictions.transform.dense", {width, width});
    shapes.add("cls.predictions.transform.LayerNorm", {width});
    if (!c.tie_word_embeddings)
      shapes.matrix("cls.predictions.decoder.weight", {c.vocab_size, width});
  } else if (head == BertHead::Pooler) {
    shapes.encoder("pooler.dense", {width, width});
    shapes.add("classifier", {class_count(c), width});
  } else {
    shapes.add("head", {class_count(c), width});
  }
}

}  // namespace

std::vector<Parameters::Shape> Bert::shapes(const ModelConfig& c, BertHead head) {
  const std::string prefix = head == BertHead::Mean ? "" : "bert.";
  const std::int64_t width = c.hidden_size, inner = c.intermediate_size;
  Shapes shapes(prefix);
  const std::string embeddings = prefix + "embeddings.";
  shapes.matrix(embeddings + "word_embeddings.weight", {c.vocab_size, width});
  shapes.matrix(embeddings + "position_embeddings.weight", {c.max_position_embeddings, width});
  shapes.matrix(embeddings + "token_type_embeddings.weight", {c.type_vocab_size, width});
  shapes.encoder("embeddings.LayerNorm", {width});
  for (std::int64_t i = 0; i < c.layers; ++i) {
    const std::string layer = "encoder.layer." + std::to_string(i) + ".";
    for (const char* name : {"query", "key", "value"})
      shapes.encoder(layer + "attention.self." + name, {width, width});
    shapes.encoder(layer + "attention.output.dense", {width, width});
    shapes.encoder(layer + "attention.output.LayerNorm", {width});
    shapes.encoder(layer + "intermediate.dense", {inner, width});
    shapes.encoder(layer + "output.dense", {width, inner});
    shapes.encoder(layer + "output.LayerNorm", {width});
  }
  add_head(c, head, shapes);
  return std::move(shapes.all);
}

}  // namespace trainbus
