// A model that was saved is the model that is loaded.
#include "models/model_files.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "core/error.hpp"
#include "support/smollm2.hpp"
#include "support/test_paths.hpp"

using namespace trainbus;

BOOST_AUTO_TEST_CASE(a_saved_folder_loads_to_equal_weights_and_token_ids) {
  const LoadedModel original = load_language_model(testing::smollm2());
  const testing::ScratchFolder scratch;
  save_model(*original.model, *original.tokenizer, scratch / "model");
  const LoadedModel loaded = load_language_model(scratch / "model");
  BOOST_TEST_REQUIRE(loaded.model->parameters().size() == original.model->parameters().size());
  for (ParameterId id = 0; id < loaded.model->parameters().size(); ++id) {
    BOOST_TEST(loaded.model->parameters()[id].name == original.model->parameters()[id].name);
    BOOST_TEST(loaded.model->parameters()[id].value.equal(original.model->parameters()[id].value));
  }
  for (const char* text :
       {"Review: a masterpiece.\nSentiment:", "  12 3\n\n4.", "naïve 日本 🙂"})
    BOOST_TEST(loaded.tokenizer->encode(text) == original.tokenizer->encode(text),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_no_model_is_refused_with_a_sentence) {
  const testing::ScratchFolder scratch;
  BOOST_CHECK_THROW(load_language_model(scratch / "nothing"), UsageError);
  BOOST_CHECK_THROW(load_language_model(scratch.path()),
                    UsageError);  // a folder without config.json
  std::ofstream(scratch / "short.gguf") << "GGUF";
  BOOST_CHECK_THROW(load_language_model(scratch / "short.gguf"), UsageError);
}
