// JSON, written piece by piece.
#pragma once

#include <string>
#include <string_view>

// A JSON string with its quotes. What is not UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

// A JSON number; what JSON has no number for becomes a string, as in protobuf's JSON mapping:
// "NaN", "Infinity", "-Infinity".
void append_json_number(std::string& out, double value);
