// Models from files and back: Hugging Face's folder layout, and GGUF.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/export.hpp"
#include "models/files/pretrained_model.hpp"
#include "text/tokenizer.hpp"

namespace trainbus {

struct LoadedModel {
  std::unique_ptr<PretrainedModel> model;
  std::unique_ptr<Tokenizer> tokenizer;
  bool new_head = false;  // the checkpoint has no head: this one is newly initialised
};

// A model that predicts words: a decoder of any family, or an encoder with its head for masked
// words. path: a folder with config.json, model.safetensors or pytorch_model.bin (or their shards)
// and a tokenizer, or a GGUF file. format: what the matrices become. Throws UsageError naming the
// file, what was found and what to do.
TRAINBUS_EXPORT LoadedModel load_language_model(const std::filesystem::path& path,
                                                kernels::Format format = kernels::Format::Float32);

// An encoder that tells classes of texts apart. path: such a folder. classes: their names, in the
// order of the head's rows. The checkpoint's head is taken if it has one for as many classes; if it
// has none, a new one is initialised from the seed: BERT's reads the mean of a text's tokens, the
// others' are those of transformers' sequence classifiers. Throws UsageError, also for a head for
// other classes, for several at once and for regression.
TRAINBUS_EXPORT LoadedModel load_classifier(const std::filesystem::path& path,
                                            const std::vector<std::string>& classes,
                                            std::uint64_t seed,
                                            kernels::Format format = kernels::Format::Float32);

// The names of the classes that the model in this folder tells apart; empty if its config.json
// names none.
TRAINBUS_EXPORT std::vector<std::string> class_names(const std::filesystem::path& folder);

// Writes config.json, model.safetensors (see save_parameters), the tokenizer's files and those that
// were kept (see PretrainedModel), so that transformers opens the folder. The folder is made if
// need be; each file appears whole or not at all. Throws RunError.
TRAINBUS_EXPORT void save_model(const PretrainedModel& model, const Tokenizer& tokenizer,
                                const std::filesystem::path& folder);

}  // namespace trainbus
