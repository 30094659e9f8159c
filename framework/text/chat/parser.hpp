// Parses chat templates: Jinja 3.1, without what no chat template needs.
#pragma once

#include <string_view>

#include "text/chat/node.hpp"

namespace trainbus::chat {

// The template's body. Tags that are not supported (include, extends, block, call, …) are refused
// by name. Throws SyntaxError.
NodePtr parse(std::string_view source);

}  // namespace trainbus::chat
