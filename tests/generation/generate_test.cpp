// The loop over rows: who stops when and where, and that rows do not see each other.
#include "generation/generate.hpp"

#include <ATen/core/grad_mode.h>

#include <boost/test/unit_test.hpp>

#include "core/io/error.hpp"
#include "core/io/utf8.hpp"
#include "models/files/model_files.hpp"
#include "models/weights/materialized_weights.hpp"
#include "support/packed_texts.hpp"
#include "support/tiny_families.hpp"
#include "support/vector_json.hpp"

using namespace trainbus;
using testing::Ids;

namespace {

const LoadedModel& small_gpt2() {
  static const LoadedModel loaded = load_language_model(TRAINBUS_TEST_DATA "/vectors/tasks/gpt2");
  return loaded;
}

std::vector<Ids> prompts() {
  std::vector<Ids> ids;
  for (const char* text : {"The quiet river", "a", "Winter number 42 was cold and long, they said",
                           "if (a", "It was", "teacher", "!", "One more question, then"})
    ids.push_back(small_gpt2().tokenizer->encode(text));
  return ids;
}

std::vector<Generated> run(const std::vector<Ids>& rows, const GenerationOptions& options,
                           const GenerationHooks& hooks = {}) {
  PlainWeights weights(small_gpt2().model->parameters());
  return generate(*small_gpt2().model, weights, small_gpt2().tokenizer.get(), rows, options, hooks);
}

// Greedy, by computing the whole text anew for every token.
Ids plain_greedy(const Model& model, Ids text, std::size_t count) {
  const at::NoGradGuard no_grad;
  PlainWeights weights(model.parameters());
  Ids out;
  while (out.size() < count) {
    const at::Tensor logits = model.logits(weights, testing::packed_texts({text}))[0];
    out.push_back(static_cast<std::int32_t>(
        logits[static_cast<long>(text.size()) - 1].argmax().item<std::int64_t>()));
    text.push_back(out.back());
  }
  return out;
}

std::unique_ptr<Model> tiny_with_rope(const Rope& rope) {
  ModelConfig config = testing::tiny_llama_config();
  config.max_position_embeddings = 16;
  config.rope = rope;
  return testing::seeded_model(config, kernels::Format::Float32);
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_row_does_not_depend_on_its_batch) {
  GenerationOptions options{.max_new_tokens = 20, .sampling = {1.2, 0, 0.95}, .seed = 7};
  options.batch_size = 1;
  const std::vector<Generated> alone = run(prompts(), options);
  for (const std::int64_t batch_size : {2, 3, 5, 100}) {
    options.batch_size = batch_size;
    const std::vector<Generated> together = run(prompts(), options);
    for (std::size_t row = 0; row < alone.size(); ++row) {
      BOOST_TEST(together[row].ids == alone[row].ids, boost::test_tools::per_element());
      BOOST_TEST(together[row].text == alone[row].text);
    }
  }
  options.seed = 8;
  BOOST_TEST(run(prompts(), options)[0].ids != alone[0].ids);
}

BOOST_AUTO_TEST_CASE(streamed_text_is_the_text_and_rows_end_once) {
  std::vector<std::string> streamed(prompts().size());
  std::vector<int> ends(streamed.size());
  const std::vector<Generated> results =
      run(prompts(), {.max_new_tokens = 30, .sampling = {1, 0, 1}, .batch_size = 3},
          {.on_text = [&](std::size_t row, std::string_view text) { streamed[row] += text; },
           .on_end = [&](std::size_t row, const Generated&) { ++ends[row]; }});
  for (std::size_t row = 0; row < results.size(); ++row) {
    BOOST_TEST(results[row].ids.size() == 30U);
    BOOST_TEST((results[row].ending == Ending::Length));
    BOOST_TEST(streamed[row] == results[row].text);
    BOOST_TEST(ends[row] == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_text_ends_before_a_stop_text_which_is_never_shown) {
  const std::vector<Ids> rows = prompts();
  const std::vector<Generated> free = run(rows, {.max_new_tokens = 24});
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const std::string& text = free[row].text;
    const std::size_t middle = text.size() / 2;
    const std::string stop = text.substr(middle, 3);
    if (!is_utf8(stop) || stop.find("\xEF\xBF\xBD") != std::string::npos) continue;
    std::string shown;
    const Generated result =
        run({rows[row]}, {.max_new_tokens = 24, .stop_texts = {"never there", stop}},
            {.on_text = [&](std::size_t, std::string_view more) { shown += more; }})
            .front();
    BOOST_TEST((result.ending == Ending::StopText));
    BOOST_TEST(result.text == text.substr(0, text.find(stop)));
    BOOST_TEST(shown == result.text);
    BOOST_TEST(result.ids.size() <= free[row].ids.size());
    BOOST_TEST(std::equal(result.ids.begin(), result.ids.end(), free[row].ids.begin()));
  }
}

BOOST_AUTO_TEST_CASE(a_stop_token_is_among_the_ids_and_not_in_the_text) {
  const std::vector<Ids> rows = {prompts().front()};
  const Generated free = run(rows, {.max_new_tokens = 24}).front();
  const std::int32_t stop = free.ids[5];
  const auto first = std::ranges::find(free.ids, stop) - free.ids.begin();
  const Generated result = run(rows, {.max_new_tokens = 24, .stop_tokens = {stop}}).front();
  BOOST_TEST((result.ending == Ending::StopToken));
  BOOST_TEST(result.ids == Ids(free.ids.begin(), free.ids.begin() + first + 1),
             boost::test_tools::per_element());
  BOOST_TEST(result.text == small_gpt2().tokenizer->decode(
                                std::span(result.ids).first(static_cast<std::size_t>(first))));
}

BOOST_AUTO_TEST_CASE(a_text_ends_with_the_models_positions) {
  const auto made = testing::tiny_model("opt", kernels::Format::Float32);
  const auto& model = dynamic_cast<const PretrainedModel&>(*made);
  PlainWeights weights(model.parameters());
  const std::vector<Ids> rows = {Ids(60, 3), Ids(64, 4), Ids(2, 5)};
  const auto results = generate(model, weights, nullptr, rows, {.max_new_tokens = 40});
  BOOST_TEST(results[0].ids.size() == 5U);
  BOOST_TEST(results[1].ids.size() == 1U);
  BOOST_TEST((results[1].ending == Ending::Positions));
  BOOST_TEST(results[2].ids.size() == 40U);
  BOOST_TEST((results[2].ending == Ending::Length));
  BOOST_TEST(results[2].ids == plain_greedy(model, rows[2], 40), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(frequencies_that_depend_on_the_length_are_those_of_the_whole_text) {
  const Rope dynamic{.theta = 100, .kind = RopeKind::Dynamic, .factor = 3};
  Rope long_rope{.theta = 100, .kind = RopeKind::LongRope};
  long_rope.original_positions = 8;
  long_rope.short_factors = {1, 1, 1, 1};
  long_rope.long_factors = {2, 3, 4, 5};
  for (const Rope& rope : {dynamic, long_rope}) {
    const auto made = tiny_with_rope(rope);
    const auto& model = dynamic_cast<const PretrainedModel&>(*made);
    PlainWeights weights(model.parameters());
    const std::vector<Ids> rows = {{1, 2, 3}, {4, 5, 6, 7, 8, 9, 10}};
    const auto results = generate(model, weights, nullptr, rows, {.max_new_tokens = 10});
    for (std::size_t row = 0; row < rows.size(); ++row)
      BOOST_TEST(results[row].ids == plain_greedy(model, rows[row], results[row].ids.size()),
                 boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_all_rows_with_what_they_have) {
  int steps = 0;
  const std::vector<Generated> results = run(prompts(), {.max_new_tokens = 24, .batch_size = 2},
                                             {.interrupted = [&] { return ++steps > 4; }});
  BOOST_TEST(results[0].ids.size() == 4U);
  BOOST_TEST((results[1].ending == Ending::Interrupted));
  BOOST_TEST(results[2].ids.empty());
}

BOOST_AUTO_TEST_CASE(what_cannot_be_generated_is_refused) {
  const auto refused = [](const Model& made, const std::vector<Ids>& rows,
                          const GenerationOptions& options) {
    const auto& model = dynamic_cast<const PretrainedModel&>(made);
    PlainWeights weights(model.parameters());
    BOOST_CHECK_THROW(generate(model, weights, nullptr, rows, options), RunError);
  };
  const auto decoder = testing::tiny_model("opt", kernels::Format::Float32);
  refused(*testing::tiny_model("bert", kernels::Format::Float32), {{1}}, {});
  refused(*decoder, {{}}, {});
  refused(*decoder, {Ids(65, 1)}, {});
  refused(*decoder, {{1}}, {.max_new_tokens = 0});
  refused(*decoder, {{1}}, {.batch_size = 0});
  refused(*decoder, {{1}}, {.stop_texts = {"x"}});  // no tokenizer
  const auto& model = dynamic_cast<const PretrainedModel&>(*decoder);
  PlainWeights weights(model.parameters());
  BOOST_TEST(generate(model, weights, nullptr, {}, {}).empty());
}
