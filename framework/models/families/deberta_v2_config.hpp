// DeBERTa's config.json, both ways.
#pragma once

#include "formats/config/config.hpp"
#include "formats/config/lines.hpp"

namespace trainbus {

// Throws UsageError for the kinds that deberta_v2.cpp does not compute, by the name of a field.
void read_deberta(const JsonFields& fields, ModelConfig& config);
void write_deberta(const ModelConfig& config, ConfigLines& lines);

}  // namespace trainbus
