// The options of question answering as those of rows with texts to score: a row's one option is its
// answer.
#pragma once

#include <string>

#include "core/export.hpp"
#include "core/host/option.hpp"
#include "tasks/multiple_choice/choice_examples.hpp"

namespace trainbus::tasks {

// values: for QuestionAnswering::options(), see task.hpp.
TRAINBUS_EXPORT ChoiceOptions answer_options(const OptionValues& values);
// The template of prompt and answer together, given or by the answer's end; the answer alone with
// --task.chat. Throws UsageError for options that contradict it.
std::string answer_template(const OptionValues& values);

}  // namespace trainbus::tasks
