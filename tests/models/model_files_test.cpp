// A loaded model equals the saved one.
#include "models/files/model_files.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "core/io/error.hpp"
#include "formats/safetensors/safetensors.hpp"
#include "models/files/parameter_files.hpp"
#include "support/minilm.hpp"
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

BOOST_AUTO_TEST_CASE(a_saved_classifier_keeps_its_head_and_what_it_does_not_read) {
  const LoadedModel fresh = load_classifier(testing::minilm(), {"bad", "good"}, 7);
  BOOST_TEST(fresh.new_head);
  const LoadedModel same = load_classifier(testing::minilm(), {"bad", "good"}, 7);
  const LoadedModel other = load_classifier(testing::minilm(), {"bad", "good"}, 8);
  const ParameterId head = fresh.model->parameters().find("head.weight").value();
  BOOST_TEST(fresh.model->parameters()[head].value.equal(same.model->parameters()[head].value));
  BOOST_TEST(!fresh.model->parameters()[head].value.equal(other.model->parameters()[head].value));
  const testing::ScratchFolder scratch;
  save_model(*fresh.model, *fresh.tokenizer, scratch / "model");
  BOOST_TEST((class_names(scratch / "model") == std::vector<std::string>{"bad", "good"}));
  const LoadedModel loaded = load_classifier(scratch / "model", {"bad", "good"}, 9);
  BOOST_TEST(!loaded.new_head);
  for (ParameterId id = 0; id < loaded.model->parameters().size(); ++id)
    BOOST_TEST(loaded.model->parameters()[id].value.equal(fresh.model->parameters()[id].value));
  BOOST_TEST_REQUIRE(loaded.model->untouched().size() == 2u);
  for (std::size_t i = 0; i < 2; ++i)
    BOOST_TEST(loaded.model->untouched()[i].bytes == fresh.model->untouched()[i].bytes);
  BOOST_CHECK_THROW(load_classifier(scratch / "model", {"good", "bad"}, 9), UsageError);
  BOOST_CHECK_THROW(load_classifier(scratch / "model", {"a", "b", "c"}, 9), UsageError);
  BOOST_CHECK_THROW(load_language_model(scratch / "model"), UsageError);
}

BOOST_AUTO_TEST_CASE(what_is_no_model_is_refused_with_a_sentence) {
  const testing::ScratchFolder scratch;
  BOOST_CHECK_THROW(load_language_model(scratch / "nothing"), UsageError);
  BOOST_CHECK_THROW(load_language_model(scratch.path()),
                    UsageError);  // a folder without config.json
  std::ofstream(scratch / "short.gguf") << "GGUF";
  BOOST_CHECK_THROW(load_language_model(scratch / "short.gguf"), UsageError);
}

BOOST_AUTO_TEST_CASE(a_size_that_no_tensor_has_is_refused_before_memory_is_taken) {
  const testing::ScratchFolder scratch;
  const std::vector<float> number = {1};
  write_safetensors(scratch / "model.safetensors",
                    std::vector<TensorSource>{{"a", DType::F32, {1}, number.data()}});
  const std::int64_t huge = std::int64_t{1} << 31;
  const auto refused = [](const UsageError& error) {
    return std::string(error.what()).find("the configuration asks for [2147483648, 2147483648]") !=
           std::string::npos;
  };
  BOOST_CHECK_EXCEPTION(load_parameters({{"a", {huge, huge}}}, scratch.path()), UsageError,
                        refused);
}
