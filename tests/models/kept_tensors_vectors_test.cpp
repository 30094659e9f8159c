// What published checkpoints hold beside what their model computes with: it does not disturb, and
// is saved as it was.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

#include "formats/safetensors/safetensors.hpp"
#include "models/families/registry.hpp"
#include "models/family.hpp"
#include "models/files/parameter_files.hpp"
#include "support/reference_models.hpp"

using namespace trainbus;

namespace {

// Tables that follow from the configuration.
bool is_table(const std::string& name) {
  for (const char* end : {"position_ids", "inv_freq", "masked_bias", "attn.bias", "attention.bias"})
    if (name.ends_with(end)) return true;
  return false;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_published_files_hold_beside_the_model_is_saved_as_it_was) {
  std::set<std::string> seen;
  testing::for_each_reference([&](const testing::OpenedReference& reference) {
    if (!reference.of.name.starts_with("published/") || !seen.insert(reference.of.name).second)
      return;
    const auto checkpoint = open_checkpoint(reference.of.folder);
    const ModelConfig& config = reference.model.config();
    const testing::ScratchFolder scratch;
    save_parameters(reference.model.parameters(),
                    find_model_family(config.model_type)->checkpoint(config),
                    reference.model.untouched(), scratch / "saved.safetensors");
    const SafetensorsFile saved(scratch / "saved.safetensors");
    std::set<std::string> kept;
    for (const StoredTensor& tensor : reference.model.untouched()) {
      kept.insert(tensor.name);
      const StoredTensor original = checkpoint->stored(tensor.name);
      const TensorInfo& again = saved.at(tensor.name);
      BOOST_TEST((again.dtype == original.dtype && again.shape == original.shape), tensor.name);
      BOOST_TEST(std::ranges::equal(saved.data(again), std::as_bytes(std::span(original.bytes))),
                 tensor.name);
      BOOST_TEST(!is_table(tensor.name), reference.of.name << " keeps " << tensor.name);
    }
    // A list of tensors by the ends of their names may hold a parameter too.
    for (const auto& name : reference.of.expected.at("unused").as_array()) {
      const std::string text(name.as_string());
      if (reference.model.parameters().find(text) || is_table(text)) continue;
      BOOST_TEST((kept.contains(text) || saved.find(text) != nullptr),
                 reference.of.name << " loses " << text);
    }
  });
}
