// The options of language modeling.
#include <trainbus/plugin/option_schema.hpp>

#include "tasks/language_modeling/task.hpp"
#include "tasks/task_bounds.hpp"

namespace trainbus::tasks {

std::vector<Option> LanguageModeling::options() {
  const auto fraction = [](const char* name, const char* help) {
    return option::real(name, "0.1", help).min(0).max(0.99);
  };
  return {
      option::path("data", "", "text: .txt, or a table: .csv, .tsv, .jsonl, .json"),
      option::path("validation-data", "", "separate file for validation"),
      option::path("test-data", "", "separate file for the test"),
      option::choice("format", "auto", "format of the files; auto: by their names",
                     {"auto", "text", "csv", "tsv", "jsonl", "json"}),
      option::text("separator", "", "cell separator of a CSV file: ';', tab; default: the comma"),
      option::text("text-column", "text", "column of a table with the documents"),
      option::text("group-column", "", "keep rows of one group on one side of the split"),
      option::choice("document", "file",
                     "what is a document in a text file; empty lines part paragraphs",
                     {"file", "line", "paragraph"}),
      fraction("validation-fraction", "share of the documents held out for validation"),
      fraction("test-fraction", "share of the documents held out for the test"),
      option::integer("block-size", "256", "tokens that the model reads at once")
          .min(2)
          .max(most_examples),
      option::integer("stride", "0",
                      "tokens from one window of an evaluation to the next; 0: block-size")
          .min(0)
          .max(most_examples),
      option::flag("isolate-documents", "no",
                   "a token sees its own document only, not those before it in the block"),
  };
}

}  // namespace trainbus::tasks
