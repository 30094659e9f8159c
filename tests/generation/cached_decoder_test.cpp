// Decoders with kept keys and values against the plain reference: the logits of the whole text,
// computed anew.
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <boost/test/unit_test.hpp>

#include "core/io/error.hpp"
#include "engine/directions/counter_direction.hpp"
#include "models/generation/next_logits.hpp"
#include "models/weights/perturbed_weights.hpp"
#include "support/packed_texts.hpp"
#include "support/reference_models.hpp"
#include "support/tiny_families.hpp"

using namespace trainbus;
using testing::Ids;
using testing::worst;

namespace {

// The bits are the same where trainbus's own product computes; LibTorch's picks its order by size.
double tolerance() { return own_product_is_fast() ? 0 : 1e-4; }

// The logits behind every token of a text: [T, V].
at::Tensor whole_text(const Model& model, Weights& weights, const Ids& text) {
  const at::NoGradGuard no_grad;
  return model.logits(weights, testing::packed_texts({text}))[0];
}

// What to give of a text next, once so much of it was given.
using Part = std::size_t (*)(std::size_t given, std::size_t left);

struct Text {
  Ids ids;
  Part part;
  std::vector<at::Tensor> expected = {};  // behind each prefix of the text
  std::size_t given = 0;
};

std::size_t one(std::size_t, std::size_t) { return 1; }
std::size_t prompt_of_four(std::size_t given, std::size_t) { return given == 0 ? 4 : 1; }
std::size_t threes(std::size_t, std::size_t) { return 3; }
std::size_t all(std::size_t, std::size_t left) { return left; }

// Gives the texts part by part, side by side, each leaving when it is done, and compares.
void check(const PretrainedModel& model, Weights& weights, std::vector<Text> texts) {
  for (Text& text : texts)
    for (std::size_t n = 1; n <= text.ids.size(); ++n)
      text.expected.push_back(
          whole_text(model, weights, {text.ids.begin(), text.ids.begin() + static_cast<long>(n)})
              .select(0, static_cast<long>(n) - 1));
  std::vector<KvCache> caches;
  for (std::size_t i = 0; i < texts.size(); ++i) caches.push_back(cache_for(model));
  for (bool going = true; going;) {
    std::vector<Continuation> now;
    std::vector<Text*> of;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      Text& text = texts[i];
      const std::size_t left = text.ids.size() - text.given;
      if (left == 0) continue;
      const std::size_t end = text.given + std::min(text.part(text.given, left), left);
      std::size_t begin = text.given;
      if (!model.keys_serve(static_cast<long>(begin), static_cast<long>(end))) {
        caches[i].clear();
        begin = 0;
      }
      now.push_back({&caches[i], std::span(text.ids).subspan(begin, end - begin)});
      of.push_back(&text);
      text.given = end;
    }
    going = !now.empty();
    if (!going) break;
    const at::Tensor logits = next_logits(model, weights, now);
    for (std::size_t b = 0; b < of.size(); ++b) {
      const double distance =
          worst(logits[static_cast<long>(b)], of[b]->expected[of[b]->given - 1]);
      BOOST_TEST(distance <= tolerance(), "after " << of[b]->given << " tokens: " << distance);
    }
  }
}

Ids ids_for(const PretrainedModel& model, std::size_t count, std::uint64_t seed) {
  Ids ids;
  for (std::size_t i = 0; i < count; ++i)
    ids.push_back(static_cast<std::int32_t>(kernels::philox_word(seed, i, 9) %
                                            static_cast<std::uint32_t>(model.config().vocab_size)));
  return ids;
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_reference_decoder_continues_as_if_it_read_the_whole_text) {
  testing::for_each_reference([](const testing::OpenedReference& reference) {
    if (reference.of.kind != "causal") return;
    PlainWeights weights(reference.model.parameters());
    std::vector<Text> texts;
    const Part parts[] = {one, prompt_of_four, threes, all};
    const auto* offsets = reference.batch.offsets.const_data_ptr<std::int64_t>();
    for (std::int64_t b = 0; b + 1 < reference.batch.offsets.numel(); ++b) {
      const at::Tensor tokens =
          reference.batch.tokens.narrow(0, offsets[b], offsets[b + 1] - offsets[b]);
      Ids ids;
      for (std::int64_t t = 0; t < tokens.numel(); ++t)
        ids.push_back(static_cast<std::int32_t>(tokens[t].item<std::int64_t>()));
      texts.push_back({ids, parts[b % 4]});
    }
    check(reference.model, weights, std::move(texts));
  });
}

BOOST_AUTO_TEST_CASE(decoders_of_every_kind_continue_texts_of_many_lengths_side_by_side) {
  using kernels::Format;
  for (const std::string family : {"llama", "opt", "gemma2", "gemma3_text", "falcon", "gpt_neox"})
    for (const Format format : {Format::Float32, Format::BFloat16, Format::BFloat16Residual})
      BOOST_TEST_CONTEXT(family) {
        const auto made = testing::tiny_model(family, format);
        const auto& model = dynamic_cast<const PretrainedModel&>(*made);
        PlainWeights weights(model.parameters());
        check(model, weights,
              {{ids_for(model, 1, 1), one},
               {ids_for(model, 60, 2), prompt_of_four},
               {ids_for(model, 17, 3), threes},
               {ids_for(model, 33, 4), all},
               {ids_for(model, 64, 5), one}});
      }
}

BOOST_AUTO_TEST_CASE(a_perturbed_model_generates_as_it_computes) {
  const auto made = testing::tiny_model("llama", kernels::Format::Float32);
  const auto& model = dynamic_cast<const PretrainedModel&>(*made);
  const CounterDirection direction(kernels::Direction{.seed = 5});
  PerturbedWeights weights(model.parameters(), direction, 0.01f);
  check(model, weights, {{ids_for(model, 20, 1), prompt_of_four}, {ids_for(model, 9, 2), one}});
  DualWeights both(model.parameters(), direction, 0.01f);
  KvCache cache = cache_for(model);
  const Ids ids = {1, 2};
  const Continuation text{&cache, ids};
  BOOST_CHECK_THROW(next_logits(model, both, {&text, 1}), RunError);
  BOOST_TEST(cache.size() == 0);
}

BOOST_AUTO_TEST_CASE(texts_without_tokens_or_beyond_the_positions_are_refused) {
  const auto made = testing::tiny_model("opt", kernels::Format::Float32);
  const auto& model = dynamic_cast<const PretrainedModel&>(*made);
  PlainWeights weights(model.parameters());
  KvCache cache = cache_for(model);
  const Ids ids = ids_for(model, 65, 1);
  const auto give = [&](std::size_t count) {
    const Continuation text{&cache, std::span(ids).first(count)};
    next_logits(model, weights, {&text, 1});
  };
  BOOST_CHECK_THROW(give(0), RunError);
  BOOST_CHECK_THROW(give(65), RunError);
  BOOST_CHECK_NO_THROW(give(64));
  BOOST_TEST(cache.size() == 64);
  BOOST_CHECK_THROW(give(1), RunError);
}
