// Perplexity and blocks against Hugging Face: perplexity.json.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "engine/evaluation/evaluation.hpp"
#include "models/files/model_files.hpp"
#include "models/weights/perturbed_weights.hpp"
#include "support/vector_json.hpp"
#include "tasks/language_modeling/language_task.hpp"

using namespace trainbus;
using boost::json::object;
using boost::json::value;
using tasks::TokenLine;
using testing::number;

namespace {

constexpr double tolerance = 1e-5;  // relative

class Cases {
 public:
  // Calls check(case, its model) with every case of this kind.
  template <class Check>
  void each(const std::string& kind, const Check& check) {
    const value document = testing::vector_json("perplexity.json");
    if (!document.is_object()) return;
    const value* cases = testing::field_of(document, "cases", "perplexity.json");
    if (cases == nullptr) return;
    for (const value& each : cases->as_array()) {
      const object& of = each.as_object();
      if (of.at("kind").as_string() != kind) continue;
      const std::string model(of.at("model").as_string());
      if (!testing::has_vectors("tasks/" + model)) continue;
      BOOST_TEST_CONTEXT(model << ", " << kind) { check(of, open(model)); }
    }
  }

 private:
  const LoadedModel& open(const std::string& name) {
    auto [place, is_new] = models_.try_emplace(name);
    if (is_new)
      place->second =
          load_language_model(testing::vectors() / "tasks" / name, kernels::Format::Float32);
    return place->second;
  }
  std::map<std::string, LoadedModel> models_;
};

TokenLine one_document(const std::vector<std::int32_t>& ids) {
  TokenLine line;
  line.append(ids);
  return line;
}

// Mean over the tokens of all training batches.
double training_loss(const Model& model, const LanguageTask& task, double& tokens) {
  double sum = 0;
  tokens = 0;
  for (std::int64_t i = 0; i < task.batches_per_epoch(); ++i) {
    const Batch batch = task.train_batch(0, i);
    PlainWeights weights(model.parameters());
    sum += model.loss(weights, batch).item<double>() * batch.weight;
    tokens += batch.weight;
  }
  return sum / tokens;
}

// Of the blocks that are as long as `block` says.
void check_training(const object& of, const LoadedModel& loaded, TokenLine line, bool isolate) {
  const std::string suffix = isolate ? "_isolated" : "";
  double nll = 0, tokens = 0;
  for (const value& each : of.at("blocks").as_array()) {
    if (each.at("ids").as_array().size() != static_cast<std::size_t>(number(of.at("block"))))
      continue;
    nll += number(each.at("nll" + suffix));
    tokens += number(each.at("tokens" + suffix));
  }
  const LanguageTask task({std::move(line), TokenLine(), TokenLine()},
                          {.batch_size = 3,
                           .block_size = of.at("block").to_number<std::int64_t>(),
                           .stride = 1,
                           .isolate = isolate});
  double weight = 0;
  const double loss = training_loss(*loaded.model, task, weight);
  BOOST_TEST(weight == tokens);
  BOOST_TEST(loss == nll / tokens, boost::test_tools::tolerance(tolerance));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(perplexity_vectors_test)

BOOST_AUTO_TEST_CASE(strided_windows_give_the_perplexity) {
  Cases().each("stride", [](const object& of, const LoadedModel& loaded) {
    const auto ids = testing::ids_of(of.at("ids"));
    const auto size = of.at("max_length").to_number<std::int64_t>();
    const auto stride = of.at("stride").to_number<std::int64_t>();
    const auto windows = tasks::strided_windows(ids.size(), static_cast<std::uint64_t>(size),
                                                static_cast<std::uint64_t>(stride));
    std::vector<tasks::Window> expected;
    for (const value& window : of.at("windows").as_array())
      if (number(window.at(2)) > 0)
        expected.push_back({window.at(0).to_number<std::uint64_t>(),
                            window.at(1).to_number<std::uint64_t>(),
                            window.at(2).to_number<std::uint64_t>()});
    BOOST_TEST((windows == expected));
    const LanguageTask task({TokenLine(), TokenLine(), one_document(ids)},
                            {.block_size = size, .stride = stride});
    const Evaluation evaluation = evaluate(Scorer(*loaded.model), task, Split::Test, {});
    BOOST_TEST(evaluation.value("loss") == number(of.at("nll")) / number(of.at("tokens")),
               boost::test_tools::tolerance(tolerance));
    BOOST_TEST(evaluation.value("perplexity") == number(of.at("perplexity")),
               boost::test_tools::tolerance(10 * tolerance));
    BOOST_TEST(evaluation.examples == static_cast<std::int64_t>(expected.size()));
  });
}

BOOST_AUTO_TEST_CASE(packed_documents_give_the_loss) {
  Cases().each("packed", [](const object& of, const LoadedModel& loaded) {
    tasks::TextList documents;
    for (const value& text : of.at("documents").as_array()) documents.append(text.as_string());
    const Tokenizer& tokenizer = *loaded.tokenizer;
    const auto make_line = [&] {
      return tasks::token_line(
          documents, [&](std::string_view text) { return tokenizer.encode_beginning(text); },
          of.at("eos").to_number<std::int32_t>());
    };
    const TokenLine line = make_line();
    BOOST_TEST(tokenizer.eos().value_or(-1) == of.at("eos").to_number<std::int32_t>());
    const auto block = of.at("block").to_number<std::uint64_t>();
    std::uint64_t begin = 0;
    for (const value& each : of.at("blocks").as_array()) {
      const auto ids = testing::ids_of(each.at("ids"));
      const std::uint64_t end = begin + ids.size();
      BOOST_REQUIRE(end <= line.ids.size());
      BOOST_TEST(std::equal(ids.begin(), ids.end(),
                            line.ids.begin() + static_cast<std::ptrdiff_t>(begin)));
      std::vector<std::uint64_t> lengths, expected;
      for (const tasks::Piece& piece : line.pieces({begin, end})) lengths.push_back(piece.size());
      for (const value& length : each.at("documents").as_array())
        expected.push_back(length.to_number<std::uint64_t>());
      BOOST_TEST(lengths == expected, boost::test_tools::per_element());
      begin = end;
    }
    BOOST_TEST(begin == line.ids.size());
    BOOST_TEST(line.blocks(block) == of.at("full_blocks").to_number<std::uint64_t>());
    check_training(of, loaded, make_line(), false);
    check_training(of, loaded, make_line(), true);
  });
}

BOOST_AUTO_TEST_SUITE_END()
