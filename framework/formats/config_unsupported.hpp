// What a config.json may ask for that the models here would compute wrongly. Internal to its
// reader.
#pragma once

#include <string_view>

#include "formats/json_fields.hpp"

namespace trainbus {

// Throws UsageError for the first such field.
void refuse_unsupported(const JsonFields& fields, std::string_view model_type);

}  // namespace trainbus
