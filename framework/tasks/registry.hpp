// The list of tasks: one include and one name each. A task is a folder with a task.hpp, which
// declares a type with
//
//     static constexpr std::string_view name, summary;
//     static std::vector<Option> options();                  // without LibTorch
//     static constexpr std::string_view kept_options[];      // see TaskKind
//     static constexpr bool takes_model;
//     static std::unique_ptr<TaskSetup> setup(TaskInputs);   // see tasks/task_setup.hpp
#pragma once

#include "tasks/language_modeling/task.hpp"
#include "tasks/mlp/task.hpp"
#include "tasks/multiple_choice/task.hpp"
#include "tasks/preference/task.hpp"
#include "tasks/prompt_classification/task.hpp"
#include "tasks/question_answering/task.hpp"
#include "tasks/text_classification/task.hpp"

namespace trainbus::tasks {

template <class... Task>
struct List {};

// The first one is the default.
using All = List<PromptClassification, TextClassification, MultipleChoice, QuestionAnswering,
                 Preference, LanguageModeling, SyntheticMlp>;

}  // namespace trainbus::tasks
