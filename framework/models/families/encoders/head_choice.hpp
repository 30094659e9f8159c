// Which head an encoder gets: the checkpoint's, if it is for the use that is asked for, or a new
// one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/family.hpp"

namespace trainbus {

// What settling needs to know of a family whose new head for classes is transformers' own.
struct EncoderUses {
  std::string words_class,
      classes_class;            // "RobertaForMaskedLM", "RobertaForSequenceClassification"
  std::string_view prefix;      // of the network's parameters; the others are the head's
  std::string_view classifier;  // the matrix that tells classes apart
  std::vector<Parameters::Shape> (*shapes)(const ModelConfig& config);
  CheckpointMap (*checkpoint)(const ModelConfig& config);
};

// ModelFamily::settle for such a family. Words: the checkpoint has to have their head. Classes: its
// head for classes is taken; without one, a new one is listed in use.new_parameters, but for what
// the head for words has under the same name. Throws UsageError.
void settle_encoder(ModelConfig& config, const Checkpoint& checkpoint, ModelUse& use,
                    const EncoderUses& uses);

// Its parts. Throws UsageError: "the model is a RobertaModel without a head that predicts words".
[[noreturn]] void refuse_without_words(const ModelConfig& config, const Checkpoint& checkpoint);
// The stored head [rows, D] is for these classes: one label for each text, as many, in this order.
void check_classes(const Checkpoint& checkpoint, const ModelConfig& config,
                   std::string_view stored_matrix, const std::vector<std::string>& classes);

// Whether the names are transformers' placeholders LABEL_0, LABEL_1, …
TRAINBUS_EXPORT bool are_placeholders(const std::vector<std::string>& classes);

}  // namespace trainbus
