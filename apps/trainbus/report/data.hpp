// Everything the page shows, as JSON: the only interface between C++ and the page's scripts.
#pragma once

#include <span>
#include <string>

#include "report/run.hpp"

namespace trainbus::report {

struct Heading {
  std::string title;
  bool live = false;  // the page polls for new data
  double unix_s = 0;  // when the data was made
};

// JSON that is safe in an HTML script element: no '<', '>' or '&', no line separators, valid UTF-8.
// Numbers that are not finite are null, with their count next to them.
std::string data_of(std::span<const Run> runs, const Heading& heading);

// The same for any JSON text.
std::string safe_in_html(std::string_view json_text);

}  // namespace trainbus::report
