// JSON, written piece by piece.
#pragma once

#include <string>
#include <string_view>

// A JSON string with its quotes. Bytes that are not UTF-8 become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// A JSON number; values that JSON cannot express become strings, as in protobuf's JSON mapping:
// "NaN", "Infinity", "-Infinity".
void append_json_number(std::string& out, double value);
