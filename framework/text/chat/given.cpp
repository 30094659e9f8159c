#include <algorithm>

#include "text/chat/calls.hpp"
#include "text/chat/python_text.hpp"

namespace trainbus::chat {

Given::Given(std::string_view function, const Arguments& arguments,
             std::initializer_list<std::string_view> parameters)
    : function_(function),
      parameters_(parameters.begin(), parameters.end()),
      values_(parameters.size(), nullptr) {
  if (arguments.positional.size() > parameters.size())
    throw TemplateError(function_ + " takes at most " + std::to_string(parameters.size()) +
                        " arguments, found " + std::to_string(arguments.positional.size()));
  for (std::size_t i = 0; i < arguments.positional.size(); ++i)
    values_[i] = &arguments.positional[i];
  for (const auto& [name, value] : arguments.named) {
    const auto place = std::ranges::find(parameters, name);
    if (place == parameters.end())
      throw TemplateError(function_ + " has no argument '" + name + "'");
    const Value*& slot = values_[static_cast<std::size_t>(place - parameters.begin())];
    if (slot) throw TemplateError(function_ + " has its argument '" + name + "' twice");
    slot = &value;
  }
}

std::int64_t Given::integer(std::size_t i, std::int64_t otherwise) const {
  if (!values_[i]) return otherwise;
  if (const auto number = values_[i]->whole()) return *number;
  throw TemplateError(function_ + ": found " + type_name(*values_[i]) + " as '" + parameters_[i] +
                      "', expected an integer");
}

bool Given::truth(std::size_t i, bool otherwise) const {
  return values_[i] ? is_true(*values_[i]) : otherwise;
}

Text Given::text(std::size_t i, std::u32string_view otherwise) const {
  if (!values_[i]) return Text(otherwise);
  if (const Text* text = values_[i]->text()) return *text;
  throw TemplateError(function_ + ": found " + type_name(*values_[i]) + " as '" + parameters_[i] +
                      "', expected a text");
}

const Value& Given::required(std::size_t i) const {
  if (values_[i]) return *values_[i];
  throw TemplateError(function_ + " needs its argument '" + parameters_[i] + "'");
}

}  // namespace trainbus::chat
