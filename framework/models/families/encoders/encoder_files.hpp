// The fields of an encoder's config.json that several families share.
#pragma once

#include <string>

#include "formats/config/config.hpp"
#include "formats/config/lines.hpp"

namespace trainbus {

// Throws UsageError for encoders that were made into something else: decoders, cross-attention,
// relative positions.
void refuse_other_encoders(const JsonFields& fields);

// BERT's field names and defaults.
void read_bert_like_config(const JsonFields& fields, ModelConfig& config);

// architectures; the names of the classes; those fields of BERT.
void write_heads(const ModelConfig& config, ConfigLines& lines);
void write_bert_like_config(const ModelConfig& config, ConfigLines& lines);

}  // namespace trainbus
