// Reads and writes config.json, by the registered families.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/export.hpp"
#include "formats/config/config.hpp"

namespace trainbus {

// Text of a config.json, transformers' v4 or v5 form. Throws UsageError naming `where`: unknown
// model type, missing or impossible sizes, and what the models here would compute wrongly.
TRAINBUS_EXPORT ModelConfig parse_config(std::string_view json, const std::string& where);
TRAINBUS_EXPORT ModelConfig read_config(const std::filesystem::path& config_json);

// A config.json that transformers (v4 and v5) opens, with the fields that were kept. Throws
// UsageError for an unknown family.
TRAINBUS_EXPORT std::string format_config(const ModelConfig& config);

}  // namespace trainbus
