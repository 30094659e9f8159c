#include "core/checkpoint/manifest.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "core/io/crc32c.hpp"
#include "core/io/error.hpp"

namespace trainbus {
namespace {

constexpr std::string_view magic = "trainbus checkpoint ";
constexpr std::string_view version = "1";

std::string sum_line(std::string_view text) {
  return "crc32c " + crc32c_text(crc32c(0, text)) + "\n";
}

[[noreturn]] void damaged(const std::string& how) {
  throw RunError(how, std::string(manifest_name), "");
}

// Removes the text up to `end` from the front and returns it; all of it if there is no `end`.
std::string_view take(std::string_view& text, char end) {
  const std::string_view taken = text.substr(0, text.find(end));
  text.remove_prefix(std::min(taken.size() + 1, text.size()));
  return taken;
}

// Lenient: the caller checks that the text is what format_manifest writes.
template <class Number>
Number number(std::string_view text, int base = 10) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

std::string line_of(const ManifestEntry& entry) {
  return std::to_string(entry.bytes) + " " + crc32c_text(entry.crc32c) + " " + entry.name;
}

// The beginning of a text, without characters that a terminal would interpret.
std::string in_quotes(std::string_view text) {
  std::string shown(text.substr(0, 80));
  std::ranges::replace_if(
      shown, [](char c) { return c < ' ' || c > '~'; }, '?');
  return "\"" + shown + "\"";
}

// Checked first, so that millions of malformed lines take no memory.
ManifestEntry parse_line(std::string_view line) {
  std::string_view rest = line;
  ManifestEntry entry;
  entry.bytes = number<std::uint64_t>(take(rest, ' '));
  entry.crc32c = number<std::uint32_t>(take(rest, ' '), 16);
  entry.name = rest;
  if (!is_entry_name(entry.name) || line_of(entry) != line)
    damaged("has the line " + in_quotes(line) + ", expected size, checksum and name");
  return entry;
}

// The text above the last line, whose checksum it matches.
std::string_view checked(std::string_view text) {
  if (text.empty() || text.back() != '\n') damaged("its end is missing");
  const std::size_t above = text.size() > 1 ? text.rfind('\n', text.size() - 2) + 1 : 0;
  if (text.substr(above) != sum_line(text.substr(0, above)))
    damaged("is damaged: its last line, a checksum, does not match the lines above it");
  return text.substr(0, above);
}

}  // namespace

std::string crc32c_text(std::uint32_t crc) {
  char text[9];
  std::snprintf(text, sizeof text, "%08x", static_cast<unsigned>(crc));
  return text;
}

bool is_entry_name(std::string_view name) {
  if (name.empty() || name == manifest_name) return false;
  if (std::ranges::any_of(name, [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return false;
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    const std::string_view part = name.substr(begin, end - begin);
    if (part.empty() || part == "." || part == "..") return false;
    begin = end + 1;
  }
  return true;
}

std::string format_manifest(Manifest manifest) {
  std::ranges::sort(manifest.entries, {}, &ManifestEntry::name);
  std::string text(magic);
  text += version;
  text += "\nstep " + std::to_string(manifest.step) + "\n";
  const ManifestEntry* last = nullptr;
  for (const ManifestEntry& entry : manifest.entries) {
    if (!is_entry_name(entry.name)) damaged("cannot hold the name " + in_quotes(entry.name));
    if (last && last->name == entry.name) damaged("would hold " + in_quotes(entry.name) + " twice");
    last = &entry;
    text += line_of(entry) + "\n";
  }
  text += sum_line(text);
  if (text.size() > largest_manifest)
    damaged("would have " + std::to_string(text.size()) + " bytes, readers take at most " +
            std::to_string(largest_manifest));
  return text;
}

Manifest parse_manifest(std::string_view text) {
  std::string_view rest = checked(text);
  std::string_view first = take(rest, '\n');
  if (!first.starts_with(magic))
    damaged("begins with " + in_quotes(first) + ", expected " + in_quotes(magic));
  first.remove_prefix(magic.size());
  if (first != version)
    damaged("has the format " + in_quotes(first) + ", this trainbus reads " + in_quotes(version));
  Manifest manifest;
  std::string_view step = take(rest, '\n');
  take(step, ' ');
  manifest.step = number<std::uint64_t>(step);
  while (!rest.empty()) manifest.entries.push_back(parse_line(take(rest, '\n')));
  if (format_manifest(manifest) != text) damaged("is not written as trainbus writes it");
  return manifest;
}

}  // namespace trainbus
