// GGUF files against the model that they were written from.
#include <boost/test/unit_test.hpp>

#include "core/io/error.hpp"
#include "models/files/model_files.hpp"
#include "support/language_batch.hpp"
#include "support/reference_models.hpp"

using namespace trainbus;

BOOST_AUTO_TEST_CASE(logits_of_gguf_files_are_within_2e_4_of_the_reference) {
  const auto document = testing::vector_json("gguf.json");
  if (document.is_null()) return;
  const auto* files = testing::field_of(document, "files", "gguf.json");
  if (files == nullptr) return;
  for (const auto& [key, file] : files->as_object()) BOOST_TEST_CONTEXT(key) {
      const std::string name = "gguf/" + std::string(key), io_name = name + ".io.safetensors";
      const std::string path(file.at("file").as_string());
      if (!testing::has_vectors(path) || !testing::has_vectors(io_name)) continue;
      LoadedModel loaded;
      try {
        loaded = load_language_model(testing::vectors() / path);
      } catch (const UsageError& error) {
        testing::skip(name, testing::without_folder(error.what(), testing::vectors()));
        continue;
      }
      testing::ReferenceModel reference;
      reference.kind = "causal";
      const auto io = testing::read_tensors(testing::vectors() / io_name);
      const Batch batch = testing::language_batch(io.at("input_ids"), io.at("attention_mask"));
      const testing::OpenedReference opened{reference, *loaded.model, io, batch};
      BOOST_TEST(testing::worst(logits_of_all(opened), expected_logits(opened)) < 2e-4);
    }
}
