#include "tasks/language_modeling/documents.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

#include "core/io/error.hpp"
#include "tasks/data/message_text.hpp"
#include "tasks/data/table.hpp"
#include "tasks/data/text_file.hpp"

namespace trainbus::tasks {
namespace {

namespace fs = std::filesystem;

using Take = std::function<void(std::string_view text)>;

bool is_table(const fs::path& path, const std::string& format) {
  if (format != "auto") return format != "text";
  const std::string extension = path.extension().string();
  constexpr std::string_view tables[] = {".csv", ".tsv", ".jsonl", ".ndjson", ".json"};
  return std::ranges::find(tables, extension) != std::end(tables);
}

// Lines end with LF or CRLF. A line's end belongs to no line, but to the paragraph around it.
void split_text(std::string_view text, const std::string& document, const Take& take) {
  if (document == "file") return take(text);
  std::size_t begin = 0;  // of the document
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(at, end - at);
    if (document == "line") {
      take(line.ends_with('\r') ? line.substr(0, line.size() - 1) : line);
    } else if (trimmed(line).empty()) {
      take(trimmed(text.substr(begin, at - begin)));
      begin = end;
    }
    at = end + 1;
  }
  if (document == "paragraph") take(trimmed(text.substr(begin)));
}

class Reader {
 public:
  explicit Reader(const DocumentOptions& options)
      : options_(options),
        validation_(
            part_fraction(options.validation_fraction, options.validation_data, "validation")),
        test_(part_fraction(options.test_fraction, options.test_data, "test")) {
    if (validation_ + test_ >= 1)
      throw UsageError("the fractions of validation and test leave nothing to train on",
                       "--task.validation-fraction", "Their sum has to be below 1.");
  }

  // part: of all its documents; none: by their texts.
  void read(const fs::path& file, std::optional<Part> part) {
    std::size_t kept = 0, empty = 0;
    const auto take_of = [&](std::string_view group, std::string_view text) {
      if (trimmed(text).empty()) {
        ++empty;
        return;
      }
      ++kept;
      if (trimmed(group).empty()) group = text;
      documents_.part(part.value_or(part_of(group, validation_, test_))).append(text);
    };
    const Take take = [&](std::string_view text) { take_of("", text); };
    if (is_table(file, options_.format)) {
      const Table table = read_table(file, {options_.format, options_.separator});
      const std::size_t column = table.column(options_.text_column, "--task.text-column");
      const std::optional<std::size_t> group = group_of(table);
      for (std::size_t row = 0; row < table.row_count(); ++row)
        take_of(group ? prepare_text(table.cell(row, *group)) : "", table.cell(row, column));
    } else {
      // A whole file is not held out by chance.
      if (options_.document == "file" && !asks_for_parts()) part = part.value_or(Part::Train);
      const FileBytes bytes = open_bytes(file);
      split_text(text_of_bytes(bytes.text(), file.string()), options_.document, take);
    }
    if (kept == 0) throw UsageError("holds no text", file.string(), "Give a file with text in it.");
    documents_.summary += file.string() + ": " + counted(kept, "document") +
                          (empty > 0 ? ", " + counted(empty, "empty one") + " left out" : "") +
                          '\n';
  }

  Documents finish() {
    check(Part::Train, "training", true);
    check(Part::Validation, "validation", options_.validation_fraction.value_or(0) > 0);
    check(Part::Test, "test", options_.test_fraction.value_or(0) > 0);
    return std::move(documents_);
  }

 private:
  std::optional<std::size_t> group_of(const Table& table) const {
    if (options_.group_column.empty()) return std::nullopt;
    return table.column(options_.group_column, "--task.group-column");
  }

  bool asks_for_parts() const {
    return options_.validation_fraction.value_or(0) + options_.test_fraction.value_or(0) > 0;
  }

  void check(Part part, const char* name, bool wanted) const {
    if (!wanted || !documents_.part(part).empty()) return;
    std::size_t all = 0;
    for (const auto& each : documents_.parts) all += each.size();
    throw UsageError("no document is left for the " + std::string(name) + " part, of " +
                         counted(all, "document"),
                     options_.data.string(),
                     "A part gets whole documents: give a file of its own, divide the text by "
                     "--task.document line or paragraph, or change the fractions.");
  }

  const DocumentOptions& options_;
  double validation_, test_;
  Documents documents_;
};

std::optional<double> real_or_none(const OptionValues& values, std::string_view name) {
  if (values.is_default(name)) return std::nullopt;
  return values.real(name);
}

}  // namespace

Documents read_documents(const DocumentOptions& options) {
  if (options.data.empty())
    throw UsageError("names no file", "--task.data", "Give the file with the text.");
  Reader reader(options);
  reader.read(options.data, std::nullopt);
  if (!options.validation_data.empty()) reader.read(options.validation_data, Part::Validation);
  if (!options.test_data.empty()) reader.read(options.test_data, Part::Test);
  return reader.finish();
}

DocumentOptions document_options(const OptionValues& values) {
  return {.data = values.text("data"),
          .validation_data = values.text("validation-data"),
          .test_data = values.text("test-data"),
          .format = values.text("format"),
          .separator = values.text("separator"),
          .text_column = values.text("text-column"),
          .group_column = values.text("group-column"),
          .document = values.text("document"),
          .validation_fraction = real_or_none(values, "validation-fraction"),
          .test_fraction = real_or_none(values, "test-fraction")};
}

}  // namespace trainbus::tasks
