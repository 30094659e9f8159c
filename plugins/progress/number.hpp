// Numbers as tqdm 4.69 writes them. Locale-independent; source: tqdm/std.py.
#pragma once

#include <string>
#include <string_view>

namespace trainbus::progress {

// value with `decimals` digits after the point, right-aligned to at least `width` cells.
std::string fixed(double value, int decimals, std::size_t width = 0);

// value as "1.00e-04", with `decimals` digits after the point.
std::string scientific(double value, int decimals);

// "02:15"; "1:02:15" from one hour on, without days. Truncated to whole seconds; "-" if negative.
std::string format_interval(double seconds);

// Three digits and an SI prefix: "9.99", "12.3k", "1.00M".
std::string format_sizeof(double value);

// Three significant digits, "e-05" shortened to "e-5"; `plain` instead if that is not longer.
// plain: the value as Python's str() would write it.
std::string format_num(double value, std::string_view plain);

}  // namespace trainbus::progress
