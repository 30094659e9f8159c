// Numbers in sentences.
#pragma once

#include <string>

namespace trainbus::report {

std::string number_words(double value);  // 12345 → "12,345"; 0.78637 → "0.7864"; 1e-06
std::string count_words(double count, const std::string& noun);  // "1 step", "2 steps"

}  // namespace trainbus::report
