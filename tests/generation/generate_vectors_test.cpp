// Generation against transformers: ids, logits, batches and samples of the reference checkpoints.
#include <ATen/core/grad_mode.h>

#include <boost/test/unit_test.hpp>
#include <map>

#include "generation/generate.hpp"
#include "models/files/model_files.hpp"
#include "models/generation/next_logits.hpp"
#include "models/weights/materialized_weights.hpp"
#include "support/vector_files.hpp"

using namespace trainbus;
namespace json = boost::json;
using testing::Ids;
using testing::ids_of;
using testing::number;

namespace {

constexpr double tolerance = 2e-5;

// Calls check(case, model) with the cases of a kind.
template <class Check>
void for_each_case(std::string_view kind, const Check& check) {
  const json::value document = testing::vector_json("generate.json");
  if (document.is_null()) return;
  static std::map<std::string, LoadedModel> loaded;
  std::size_t number = 0;
  for (const json::value& each : document.at("cases").as_array()) {
    const std::string name(each.at("model").as_string());
    ++number;
    if (each.at("kind").as_string() != kind || !testing::has_vectors("tasks/" + name)) continue;
    if (!loaded.contains(name))
      loaded[name] = load_language_model(testing::vectors() / "tasks" / name);
    BOOST_TEST_CONTEXT("case " << number << ", " << name) { check(each, loaded.at(name)); }
  }
}

GenerationOptions options_of(const json::value& each) {
  GenerationOptions options;
  options.max_new_tokens = each.at("new_tokens").to_number<std::int64_t>();
  if (const json::value* stops = each.as_object().if_contains("stops"))
    options.stop_tokens = ids_of(*stops);
  return options;
}

void check_text(const json::value& each, const Generated& result) {
  if (const json::value* text = each.as_object().if_contains("text"))
    BOOST_TEST(result.text == std::string(text->as_string()));
}

void check_ending(const json::value& each, const Generated& result) {
  const json::value* stopped = each.as_object().if_contains("stopped");
  const bool expected = stopped != nullptr && stopped->as_bool();
  BOOST_TEST((result.ending == Ending::StopToken) == expected);
}

}  // namespace

BOOST_AUTO_TEST_CASE(greedy_continuations_are_those_of_transformers) {
  for_each_case("greedy", [](const json::value& each, const LoadedModel& loaded) {
    const std::string prompt(each.at("prompt").as_string());
    const Ids ids = loaded.tokenizer->encode_beginning(prompt);
    BOOST_TEST(ids == ids_of(each.at("ids")), boost::test_tools::per_element());
    PlainWeights weights(loaded.model->parameters());
    std::string streamed;
    const GenerationHooks hooks{
        .on_text = [&](std::size_t, std::string_view text) { streamed += text; }};
    const std::vector<Ids> prompts = {ids};
    const Generated result =
        generate(*loaded.model, weights, loaded.tokenizer.get(), prompts, options_of(each), hooks)
            .front();
    BOOST_TEST(result.ids == ids_of(each.at("out")), boost::test_tools::per_element());
    check_text(each, result);
    check_ending(each, result);
  });
}

BOOST_AUTO_TEST_CASE(logits_of_each_step_are_within_2e_5_of_transformers) {
  std::map<std::string, testing::Tensors> files;
  for_each_case("greedy", [&](const json::value& each, const LoadedModel& loaded) {
    const json::value* top = each.as_object().if_contains("top3");
    if (top == nullptr) return;
    at::Tensor all;
    if (const json::value* name = each.as_object().if_contains("logits")) {
      const std::string file =
          "generate/" + std::string(each.at("model").as_string()) + ".safetensors";
      if (testing::has_vectors(file)) {
        if (!files.contains(file)) files[file] = testing::read_tensors(testing::vectors() / file);
        all = files[file].at(std::string(name->as_string()));
      }
    }
    PlainWeights weights(loaded.model->parameters());
    KvCache cache = cache_for(*loaded.model);
    Ids next = ids_of(each.at("ids"));
    const Ids out = ids_of(each.at("out"));
    double furthest = 0;
    for (std::size_t step = 0; step < out.size(); ++step) {
      const Continuation text{&cache, next};
      const at::Tensor logits = next_logits(*loaded.model, weights, {&text, 1})[0];
      for (const json::value& pair : top->at(step).as_array())
        furthest = std::max(furthest,
                            std::abs(logits[pair.at(0).to_number<std::int64_t>()].item<double>() -
                                     number(pair.at(1))));
      if (const auto at = static_cast<std::int64_t>(step); all.defined() && at < all.size(0))
        furthest = std::max(furthest, (logits - all[at]).abs().max().item<double>());
      next = {out[step]};
    }
    BOOST_TEST_MESSAGE("measured " << furthest);
    BOOST_TEST(furthest < tolerance);
  });
}

BOOST_AUTO_TEST_CASE(rows_of_a_batch_are_as_if_each_were_alone_and_end_at_their_own_stop) {
  for_each_case("batch", [](const json::value& each, const LoadedModel& loaded) {
    std::vector<Ids> prompts;
    for (const json::value& row : each.at("rows").as_array())
      prompts.push_back(ids_of(row.at("ids")));
    PlainWeights weights(loaded.model->parameters());
    GenerationOptions options = options_of(each);
    for (const std::int64_t batch_size : {1, 2, 3, 100}) {
      options.batch_size = batch_size;
      const std::vector<Generated> results =
          generate(*loaded.model, weights, loaded.tokenizer.get(), prompts, options);
      for (std::size_t i = 0; i < prompts.size(); ++i) {
        const json::value& row = each.at("rows").at(i);
        BOOST_TEST(results[i].ids == ids_of(row.at("out")), boost::test_tools::per_element());
        check_ending(row, results[i]);
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(samples_are_those_of_the_reference_for_its_uniforms) {
  for_each_case("sample", [](const json::value& each, const LoadedModel& loaded) {
    PlainWeights weights(loaded.model->parameters());
    const std::vector<Ids> prompts = {ids_of(each.at("ids"))};
    const Ids out = ids_of(each.at("out"));
    GenerationOptions options = options_of(each);
    options.sampling = {number(each.at("temperature")), each.at("top_k").to_number<std::int64_t>(),
                        number(each.at("top_p"))};
    const json::array& uniforms = each.at("uniforms").as_array();
    const GenerationHooks hooks{.uniform = [&](std::size_t, std::int64_t step) {
      return number(uniforms.at(static_cast<std::size_t>(step)));
    }};
    const Generated result =
        generate(*loaded.model, weights, loaded.tokenizer.get(), prompts, options, hooks).front();
    BOOST_TEST(result.ids == out, boost::test_tools::per_element());
    check_text(each, result);

    Sampler sampler(options.sampling);
    KvCache cache = cache_for(*loaded.model);
    Ids next = prompts.front();
    for (std::size_t step = 0; step < out.size(); ++step) {
      const Continuation text{&cache, next};
      const at::Tensor logits = next_logits(*loaded.model, weights, {&text, 1});
      const Choice choice =
          sampler.choose({logits.const_data_ptr<float>(), static_cast<std::size_t>(logits.numel())},
                         number(uniforms.at(step)));
      BOOST_TEST(choice.id == out[step]);
      BOOST_TEST(choice.kept == each.at("kept").at(step).to_number<std::int64_t>());
      BOOST_TEST(choice.probability == number(each.at("probabilities").at(step)),
                 boost::test_tools::tolerance(1e-4));
      next = {out[step]};
    }
  });
}
