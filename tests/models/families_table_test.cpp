// The table of framework/models/README.md: of every family in the registry, what is seen to hold
// here, for each kind of it that the reference vectors have.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros_like.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "core/bus/bus.hpp"
#include "engine/directions/counter_direction.hpp"
#include "engine/trainer.hpp"
#include "models/families/registry.hpp"
#include "models/files/model_files.hpp"
#include "models/files/parameter_files.hpp"
#include "models/weights/gradient_weights.hpp"
#include "models/weights/materialized_weights.hpp"
#include "support/gguf_models.hpp"
#include "support/memory_task.hpp"
#include "support/page_table.hpp"
#include "support/plugin_optimizer.hpp"
#include "support/reference_models.hpp"
#include "text/sources/tokenizer_folder.hpp"

using namespace trainbus;
using testing::number;
using testing::OpenedReference;
using testing::worst;

namespace {

namespace fs = std::filesystem;

// A family, with the numbers of one reference model.
struct Subject {
  const OpenedReference& reference;
  const ModelFamily& family;
  ModelConfig config;

  std::unique_ptr<PretrainedModel> fresh() const {
    const Parameters& from = reference.model.parameters();
    Parameters copy(family.shapes(config));
    for (ParameterId id = 0; id < copy.size(); ++id) copy[id].value.copy_(from[id].value);
    return family.make(config, std::move(copy));
  }
  bool tells_classes() const { return reference.of.kind == "classifier"; }
};

enum class Answer { Holds, Fails, NotAsked };
Answer answer(bool holds) { return holds ? Answer::Holds : Answer::Fails; }

at::Tensor all_logits(const PretrainedModel& model, Batch batch) {
  batch.logit_positions = at::Tensor();
  const at::NoGradGuard no_grad;
  PlainWeights plain(model.parameters());
  return model.logits(plain, batch)[0];
}

double plain_loss(const PretrainedModel& model, const Batch& batch) {
  const at::NoGradGuard no_grad;
  PlainWeights plain(model.parameters());
  return model.loss(plain, batch).item<float>();
}

Answer logits_hold(const Subject& of) {
  return answer(worst(all_logits(*of.fresh(), of.reference.batch), expected_logits(of.reference)) <
                2e-5);
}

Answer loss_holds(const Subject& of) {
  const double expected = number(of.reference.of.expected.at("loss"));
  return answer(std::abs(plain_loss(*of.fresh(), of.reference.batch) - expected) < 1e-5 * expected);
}

Answer gradients_hold(const Subject& of) {
  const boost::json::value* norms = of.reference.of.expected.if_contains("grad_norm");
  if (norms == nullptr) return Answer::NotAsked;
  const auto model = of.fresh();
  GradientWeights weights(model->parameters());
  model->loss(weights, of.reference.batch).sum().backward();
  bool hold = true;
  for (ParameterId id = 0; id < model->parameters().size(); ++id) {
    const boost::json::value* norm = norms->as_object().if_contains(model->parameters()[id].name);
    const at::Tensor& gradient = weights.gradient(id);
    hold &= (norm != nullptr) == gradient.defined();
    if (norm != nullptr && gradient.defined())
      hold &=
          std::abs(gradient.norm().item<double>() - number(*norm)) < 1e-3 * number(*norm) + 1e-6;
  }
  return answer(hold);
}

constexpr std::uint64_t seed = 11;

// Trains with an optimizer as in a run; the batch comes again in every step.
void train(PretrainedModel& model, const Batch& batch, const std::string& optimizer,
           const std::map<std::string, std::string>& options, std::uint64_t steps) {
  const testing::MemoryTask task({batch});
  const auto plugin = testing::make_optimizer(optimizer, options);
  Bus bus;
  Trainer(model, task, *plugin, Schedule{ScheduleKind::Constant, plugin->lr()}, bus,
          {.max_steps = steps, .seed = seed})
      .run();
}

// Whether both have moved every parameter by the same, to one part in fifty. counts, by id: which
// of its numbers are compared, 1 or 0; undefined: all.
bool moved_alike(const PretrainedModel& found, const PretrainedModel& expected, const Subject& from,
                 const std::vector<at::Tensor>& counts) {
  bool alike = true;
  for (ParameterId id = 0; id < found.parameters().size(); ++id) {
    const at::Tensor& start = from.reference.model.parameters()[id].value;
    at::Tensor here = found.parameters()[id].value - start;
    at::Tensor there = expected.parameters()[id].value - start;
    if (counts[id].defined()) {
      if (counts[id].sum().item<float>() == 0) continue;
      here = here * counts[id];
      there = there * counts[id];
    }
    const double length = there.norm().item<double>();
    const bool close = length > 0 && (here - there).norm().item<double>() < 0.02 * length;
    BOOST_TEST(close, found.parameters()[id].name << " has moved otherwise");
    alike &= close;
  }
  return alike;
}

// Algorithm 1 of arXiv 2305.17333 with plain copies of all parameters.
Answer mezo_holds(const Subject& of) {
  constexpr std::uint64_t steps = 20;
  constexpr double lr = 1e-4, eps = 1e-3;
  const auto found = of.fresh(), expected = of.fresh();
  train(*found, of.reference.batch, "mezo", {{"lr", "1e-4"}, {"eps", "1e-3"}}, steps);
  Parameters& theta = expected->parameters();
  for (std::uint64_t step = 0; step < steps; ++step) {
    const CounterDirection z({.seed = seed, .step = static_cast<std::uint32_t>(step)});
    const auto loss_at = [&](float scale) {
      const auto moved = of.fresh();
      for (ParameterId id = 0; id < theta.size(); ++id)
        z.perturb(theta[id], id, scale, moved->parameters()[id].value.mutable_data_ptr<float>());
      return plain_loss(*moved, of.reference.batch);
    };
    const double g = (loss_at(eps) - loss_at(-eps)) / (2 * eps);
    for (ParameterId id = 0; id < theta.size(); ++id) {
      at::Tensor moved = at::zeros_like(theta[id].value);
      z.perturb(theta[id], id, static_cast<float>(-lr * g), moved.mutable_data_ptr<float>());
      theta[id].value.copy_(moved);
    }
  }
  return answer(moved_alike(*found, *expected, of, std::vector<at::Tensor>(theta.size())));
}

// arXiv 1711.05101, algorithm 2, without decay. What the loss does not depend on, such as the bias
// of keys, moves by rounding alone and is not compared.
Answer adamw_holds(const Subject& of) {
  constexpr int steps = 5;
  constexpr double lr = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8;
  const auto found = of.fresh(), expected = of.fresh();
  train(*found, of.reference.batch, "adamw", {{"lr", "1e-3"}, {"max-grad-norm", "0"}}, steps);
  Parameters& theta = expected->parameters();
  std::vector<at::Tensor> first(theta.size()), second(theta.size()), counts(theta.size());
  constexpr double rounding = 1e-6;
  for (int step = 1; step <= steps; ++step) {
    GradientWeights weights(theta);
    expected->loss(weights, of.reference.batch).sum().backward();
    const at::NoGradGuard no_grad;
    for (ParameterId id = 0; id < theta.size(); ++id) {
      const at::Tensor& g = weights.gradient(id);
      if (!first[id].defined()) {
        first[id] = at::zeros_like(theta[id].value);
        second[id] = at::zeros_like(theta[id].value);
        counts[id] = g.defined() ? (g.abs() > rounding).to(at::kFloat) : first[id].clone();
      }
      if (!g.defined()) continue;
      counts[id] = counts[id] * (g.abs() > rounding);
      first[id] = beta1 * first[id] + (1 - beta1) * g;
      second[id] = beta2 * second[id] + (1 - beta2) * g * g;
      const at::Tensor m = first[id] / (1 - std::pow(beta1, step));
      const at::Tensor v = second[id] / (1 - std::pow(beta2, step));
      theta[id].value.sub_(lr * m / (v.sqrt() + eps));
    }
  }
  return answer(moved_alike(*found, *expected, of, counts));
}

std::vector<std::string> classes_of(const ModelConfig& config, std::int64_t count) {
  std::vector<std::string> names = config.labels;
  for (auto i = static_cast<std::int64_t>(names.size()); i < count; ++i)
    names.push_back("LABEL_" + std::to_string(i));
  return names;
}

Answer opened_again_holds(const Subject& of) {
  const testing::ScratchFolder scratch;
  std::ofstream(scratch / "vocab.json") << "{\"a\": 0}";
  std::ofstream(scratch / "merges.txt") << "#version: 0.2\n";
  const auto model = of.fresh();
  save_model(*model, load_tokenizer(scratch.path()), scratch / "model");
  const at::Tensor here = all_logits(*model, of.reference.batch);
  const LoadedModel again =
      of.tells_classes()
          ? load_classifier(scratch / "model", classes_of(of.config, here.size(-1)), 1)
          : load_language_model(scratch / "model");
  return answer(again.model->family() == of.family.model_type &&
                all_logits(*again.model, of.reference.batch).equal(here));
}

Answer gguf_holds(const Subject& of) {
  if (of.family.kind != ModelKind::Decoder || !testing::fits_gguf(of.config))
    return Answer::NotAsked;
  Subject in_file = of;
  in_file.config = testing::as_gguf_says(of.config);
  const testing::ScratchFolder scratch;
  const auto model = in_file.fresh();
  testing::write_gguf(model->parameters(), in_file.config, scratch / "m.gguf");
  const GgufFile file(scratch / "m.gguf");
  ModelConfig config = config_from_gguf(file);
  const ModelFamily& family = *find_model_family(config.model_type);
  Parameters parameters =
      load_parameters(family.shapes(config), GgufCheckpoint(file), family.gguf(config));
  const auto there = family.make(std::move(config), std::move(parameters));
  return answer(
      there->family() == of.family.model_type &&
      worst(all_logits(*there, of.reference.batch), all_logits(*model, of.reference.batch)) < 1e-5);
}

struct Column {
  const char* title;
  Answer (*check)(const Subject&);
};

// clang-format off
constexpr Column columns[] = {
    {"logits", logits_hold},
    {"loss", loss_holds},
    {"gradients", gradients_hold},
    {"MeZO, 20 steps", mezo_holds},
    {"AdamW, 5 steps", adamw_holds},
    {"saved, opened again", opened_again_holds},
    {"GGUF", gguf_holds},
};
// clang-format on

struct Row {
  int kinds = 0;
  Answer answers[std::size(columns)] = {};
  bool asked[std::size(columns)] = {};
};

void fill(Row& row, const Subject& subject) {
  ++row.kinds;
  for (std::size_t i = 0; i < std::size(columns); ++i) {
    const Answer given = columns[i].check(subject);
    BOOST_TEST((given != Answer::Fails), columns[i].title << " does not hold");
    if (given == Answer::NotAsked) continue;
    if (!row.asked[i] || given == Answer::Fails) row.answers[i] = given;
    row.asked[i] = true;
  }
}

// XLM-RoBERTa and CamemBERT are RoBERTa under other names, in transformers too.
std::vector<ModelConfig> with_namesakes(const ModelConfig& config) {
  std::vector<ModelConfig> all = {config};
  constexpr std::string_view own = "Roberta";
  if (config.model_type != "roberta") return all;
  for (const auto& [type, name] :
       {std::pair("xlm-roberta", "XLMRoberta"), {"camembert", "Camembert"}}) {
    all.push_back(config);
    all.back().model_type = type;
    if (all.back().architecture.starts_with(own))
      all.back().architecture.replace(0, own.size(), name);
  }
  return all;
}

// By model_type: which version of transformers opened, in the peers' test, what was saved here.
std::map<std::string, std::string> opened_by_transformers() {
  std::map<std::string, std::string> versions;
  std::ifstream file(TRAINBUS_SOURCE_DIR "/tests/peers/opened_by_transformers.txt");
  for (std::string type, version; file >> type >> version;) versions[type] = version;
  return versions;
}

std::string table(const std::map<std::string, Row>& rows) {
  std::ostringstream text;
  text << "| models | `model_type` | kinds |";
  for (const Column& column : columns) text << ' ' << column.title << " |";
  text << " opened by transformers |\n|---|---|---|";
  for (std::size_t i = 0; i < std::size(columns) + 1; ++i) text << "---|";
  text << '\n';
  const std::map<std::string, std::string> transformers = opened_by_transformers();
  for (const ModelFamily* family : model_families()) {
    const std::string type(family->model_type);
    const auto found = rows.find(type);
    const Row row = found == rows.end() ? Row() : found->second;
    text << "| " << family->title << " | `" << type << "` | " << row.kinds << " |";
    for (std::size_t i = 0; i < std::size(columns); ++i)
      text << (!row.asked[i] ? " – |" : row.answers[i] == Answer::Holds ? " ✓ |" : " no |");
    const auto version = transformers.find(type);
    text << (version == transformers.end() ? " –" : " " + version->second) << " |\n";
  }
  return text.str();
}

}  // namespace

BOOST_AUTO_TEST_CASE(the_table_of_families_says_what_holds) {
  std::map<std::string, Row> rows;
  std::set<std::string> seen;
  testing::for_each_reference([&](const OpenedReference& reference) {
    // Both forms of config.json give one configuration, which is tested elsewhere.
    if (!seen.insert(reference.of.name).second) return;
    for (const ModelConfig& config : with_namesakes(reference.model.config()))
      BOOST_TEST_CONTEXT(config.model_type)
    fill(rows[config.model_type], {reference, *find_model_family(config.model_type), config});
  });
  if (std::getenv("TRAINBUS_VECTORS") == nullptr)
    testing::check_page_table("framework/models/README.md", "checked", table(rows));
}
