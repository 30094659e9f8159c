// BERT from a checkpoint, with the head that is asked for. Internal to model_files.cpp.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "models/families/bert.hpp"

namespace trainbus {

// With its head for masked words. Throws UsageError if the checkpoint has none.
std::unique_ptr<Bert> load_masked_bert(const ModelConfig& config,
                                       const std::filesystem::path& folder, kernels::Format format);

// With a head for these classes. fresh: whether it is new; the caller initialises it. Throws
// UsageError if the checkpoint has one for other classes.
std::unique_ptr<Bert> load_bert_classifier(const ModelConfig& config,
                                           const std::filesystem::path& folder,
                                           const std::vector<std::string>& classes,
                                           kernels::Format format, bool& fresh);

// Whether the names are transformers' placeholders LABEL_0, LABEL_1, …
bool are_placeholders(const std::vector<std::string>& classes);

}  // namespace trainbus
