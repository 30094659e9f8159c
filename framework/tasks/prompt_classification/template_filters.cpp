#include "tasks/prompt_classification/template_filters.hpp"

#include <algorithm>
#include <array>

#include "core/io/error.hpp"
#include "tasks/data/escape.hpp"
#include "tasks/data/message_text.hpp"
#include "tasks/data/text_file.hpp"
#include "text/unicode.hpp"

namespace trainbus::tasks {
namespace {

using Kind = TemplateFilter::Kind;

struct Named {
  std::string_view name;
  Kind kind;
};

constexpr std::array known = {
    Named{"raw", Kind::Raw},
    Named{"strip", Kind::Strip},
    Named{"rstrip", Kind::RightStrip},
    Named{"lower", Kind::Lower},
    Named{"upper_first", Kind::UpperFirst},
    Named{"lower_first_word", Kind::LowerFirstWord},
    Named{"drop_last_period", Kind::DropLastPeriod},
    Named{"question_mark", Kind::QuestionMark},
    Named{"dash_highlights", Kind::DashHighlights},
    Named{"map", Kind::Map},
    Named{"put_option", Kind::PutOption},
};

Kind kind_named(std::string_view name, std::string_view where) {
  std::vector<std::string> names;
  std::string list;
  for (const Named& one : known) {
    if (one.name == name) return one.kind;
    names.emplace_back(one.name);
    list += (list.empty() ? "" : ", ") + names.back();
  }
  const std::string nearest = did_you_mean(name, names);
  throw UsageError("there is no filter " + quote(name), where,
                   nearest.empty()
                       ? "The filters, which follow a column's name and '|', are " + list + "."
                       : nearest);
}

// Reads filters from left to right.
class FiltersReader {
 public:
  FiltersReader(std::string_view text, std::string_view where) : text_(text), where_(where) {}

  std::vector<TemplateFilter> read() {
    std::vector<TemplateFilter> filters;
    for (bool more = true; more;) {
      filters.push_back(next());
      if (filters.back().kind == Kind::Raw && filters.size() > 1)
        throw UsageError("the filter raw follows another one", where_, "Put it first: {name|raw}.");
      more = at_ < text_.size();
      if (more && text_[at_++] != '|')
        throw UsageError("found " + quote(text_.substr(at_ - 1)) + " behind the filter's argument",
                         where_, "Put '|' between filters.");
    }
    return filters;
  }

 private:
  TemplateFilter next() {
    const std::size_t end = std::min(text_.find_first_of("|(", at_), text_.size());
    const std::string_view name = text_.substr(at_, end - at_);
    TemplateFilter filter;
    filter.kind = kind_named(name, where_);
    at_ = end;
    const bool takes = filter.kind == Kind::Map || filter.kind == Kind::PutOption;
    if (takes != (at_ < text_.size() && text_[at_] == '('))
      throw UsageError("the filter " + std::string(name) +
                           (takes ? " has no argument" : " has an argument, and takes none"),
                       where_,
                       !takes                     ? "Write its name alone."
                       : filter.kind == Kind::Map ? "Write map(value:text;value:text)."
                                                  : "Write put_option(@placeholder).");
    if (filter.kind == Kind::Map) read_meanings(filter);
    if (filter.kind == Kind::PutOption) filter.marker = read_until(")");
    if (filter.kind == Kind::PutOption && filter.marker.empty())
      throw UsageError("the argument of put_option is empty", where_,
                       "Name the text that the option replaces: put_option(@placeholder).");
    return filter;
  }

  void read_meanings(TemplateFilter& filter) {
    do {
      TemplateFilter::Meaning meaning;
      meaning.value = prepare_text(read_until(":"));
      meaning.text = read_until(";)");
      for (const auto& other : filter.meanings)
        if (other.value == meaning.value)
          throw UsageError("map lists the value " + quote(meaning.value) + " twice", where_,
                           "Give each value one text.");
      filter.meanings.push_back(std::move(meaning));
    } while (text_[at_ - 1] == ';');
  }

  // The argument from behind the current character to one of `ends`, at which it stops; goes behind
  // that.
  std::string read_until(std::string_view ends) {
    if (text_[at_] == '(') ++at_;
    std::string out;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (ends.find(c) != std::string_view::npos) {
        ++at_;
        return out;
      }
      if (c == ')') break;
      out += c == '\\' ? read_escape(text_, at_, ";:)| ", where_) : c;
    }
    throw UsageError("the argument at " + quote(text_, 30) + " has no " + quote(ends.substr(0, 1)),
                     where_, "Write map(value:text;value:text) or put_option(@placeholder).");
  }

  std::string_view text_, where_;
  std::size_t at_ = 0;
};

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  for (std::size_t at; (at = text.find(from)) != std::string_view::npos;) {
    out.append(text.substr(0, at)).append(to);
    text.remove_prefix(at + from.size());
  }
  return out.append(text);
}

std::string with_lower_first_word(std::string_view text) {
  const std::string_view word = text.substr(0, text.find(' '));
  if (word == "I") return std::string(text);
  return unicode::lower(word) + std::string(text.substr(word.size()));
}

std::string mapped(std::string_view value, const TemplateFilter& filter, RowPlace place) {
  const auto found = std::find_if(filter.meanings.begin(), filter.meanings.end(),
                                  [&](const auto& meaning) { return meaning.value == value; });
  if (found != filter.meanings.end()) return found->text;
  std::vector<std::string> values;
  for (const auto& meaning : filter.meanings) values.push_back(meaning.value);
  throw UsageError("found " + quote(value) + ", and the template's map lists " + quote_list(values),
                   place.text(), "List it there, or mend the row.");
}

std::string changed(std::string value, const TemplateFilter& filter, std::string_view option,
                    RowPlace place) {
  switch (filter.kind) {
    case Kind::Raw:
      return value;
    case Kind::Strip:
      return std::string(unicode::stripped(value));
    case Kind::RightStrip:
      return std::string(unicode::right_stripped(value));
    case Kind::Lower:
      return unicode::lower(value);
    case Kind::UpperFirst:
      return unicode::upper_first(value);
    case Kind::LowerFirstWord:
      return with_lower_first_word(value);
    case Kind::DropLastPeriod:
      return value.ends_with('.') ? value.substr(0, value.size() - 1) : value;
    case Kind::QuestionMark:
      return value.ends_with('?') ? value : value + '?';
    case Kind::DashHighlights:
      return replaced(value, "@highlight\n", "- ");
    case Kind::Map:
      return mapped(value, filter, place);
    case Kind::PutOption:
      return replaced(value, filter.marker, option);
  }
  return value;
}

}  // namespace

std::string RowPlace::text() const {
  return file ? at_line(*file, line) : "line " + std::to_string(line);
}

std::vector<TemplateFilter> parse_filters(std::string_view text, std::string_view where) {
  return FiltersReader(text, where).read();
}

std::string filtered(std::string_view value, const std::vector<TemplateFilter>& filters,
                     std::string_view option, RowPlace place) {
  const bool raw = !filters.empty() && filters.front().kind == Kind::Raw;
  std::string out(raw ? value : prepare_text(value));
  for (const TemplateFilter& filter : filters) out = changed(std::move(out), filter, option, place);
  return out;
}

}  // namespace trainbus::tasks
