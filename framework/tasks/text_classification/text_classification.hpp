// Text classification: labelled rows of text, for a model with a classification head. The data's
// options, reading, deduplication and split are those of prompt classification.
#pragma once

#include "core/host/option.hpp"
#include "tasks/prompt_classification/prompt_classification.hpp"

namespace trainbus::tasks {

// values: for TextClassification::options(), see task.hpp: prompt classification's without the
// template, and labels without words. The prompt is the text.
TRAINBUS_EXPORT PromptClassificationOptions text_classification_options(const OptionValues& values);

}  // namespace trainbus::tasks
