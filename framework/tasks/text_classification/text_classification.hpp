// Text classification: labelled rows of text, for a model with a head for classes. The data's
// options, reading, deduplication and split are those of prompt classification.
#pragma once

#include <vector>

#include "core/host/option.hpp"
#include "tasks/prompt_classification/prompt_classification.hpp"

namespace trainbus::tasks {

// What of prompt classification's options remains: no template, and labels without words.
TRAINBUS_EXPORT std::vector<Option> text_classification_schema();

// values: as that schema, or prompt classification's, has them. The prompt is the text.
TRAINBUS_EXPORT PromptClassificationOptions text_classification_options(const OptionValues& values);

}  // namespace trainbus::tasks
