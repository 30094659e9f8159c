// The page's files, embedded in the program so that it needs no others.
#include "report/page.hpp"

// The assembler copies a file between two labels; a string literal of this size would take seconds
// to compile and its array twice the memory.
#define TRAINBUS_EMBED(name, file)                                                         \
  asm(".section .rodata\n"                                                                 \
      "trainbus_asset_" #name "_begin: .incbin \"" file                                    \
      "\"\n"                                                                               \
      "trainbus_asset_" #name                                                              \
      "_end: .byte 0\n"                                                                    \
      ".previous\n");                                                                      \
  extern "C" {                                                                             \
  __attribute__((visibility("hidden"))) extern const char trainbus_asset_##name##_begin[]; \
  __attribute__((visibility("hidden"))) extern const char trainbus_asset_##name##_end[];   \
  }

TRAINBUS_EMBED(page, TRAINBUS_ASSET_PAGE)
TRAINBUS_EMBED(style, TRAINBUS_ASSET_STYLE)
TRAINBUS_EMBED(scripts, TRAINBUS_ASSET_SCRIPTS)
TRAINBUS_EMBED(chart_library, TRAINBUS_ASSET_CHART_LIBRARY)
TRAINBUS_EMBED(chart_licence, TRAINBUS_ASSET_CHART_LICENCE)

namespace trainbus::report {

const Assets& built_in_assets() {
  const auto between = [](const char* begin, const char* end) {
    return std::string_view(begin, static_cast<std::size_t>(end - begin));
  };
#define TRAINBUS_ASSET(name) between(trainbus_asset_##name##_begin, trainbus_asset_##name##_end)
  static const Assets assets = {TRAINBUS_ASSET(page), TRAINBUS_ASSET(style),
                                TRAINBUS_ASSET(scripts), TRAINBUS_ASSET(chart_library),
                                TRAINBUS_ASSET(chart_licence)};
  return assets;
}

}  // namespace trainbus::report
