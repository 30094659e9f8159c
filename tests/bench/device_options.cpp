#include "device_options.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "core/io/error.hpp"
#include "device/padded_batch.hpp"

namespace trainbus::bench {

const char* const device_usage =
    "device_bench [--device cuda|cpu] [--model NAME,...] [--tokens N,...] [--rounds N]\n"
    "             [--json FILE]\n"
    "\n"
    "MeZO steps on a GPU beside the published trainer's operations by LibTorch, in turns: medians\n"
    "over rounds, and of ratios in the same round.\n"
    "\n"
    "  --device cuda|cpu  the first GPU (default), or the CPU in its place, to try the benchmark\n"
    "  --model NAME,...   125m, 1.3b, 13b, smollm2, tiny; default all but tiny, on the CPU tiny\n"
    "  --tokens N,...     of a batch of 16 sequences; default 512,1024\n"
    "  --rounds N         default 7\n"
    "  --json FILE        write the numbers there\n"
    "  --help             this text\n";

namespace {

const std::vector<std::string> model_names = {"125m", "1.3b", "13b", "smollm2", "tiny"};
constexpr std::int64_t longest_sequence = 2048;  // that OPT has positions for

std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  for (;;) {
    const std::size_t comma = list.find(',');
    parts.emplace_back(list.substr(0, comma));
    if (comma == std::string_view::npos) return parts;
    list.remove_prefix(comma + 1);
  }
}

std::int64_t number(const std::string& text, const std::string& option,
                    const std::string& expected) {
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || rest != end || value < 1 || value > 1'000'000)
    throw UsageError("found '" + text + "', expected " + expected, option, "See --help.");
  return value;
}

std::int64_t token_count(const std::string& text) {
  const std::string expected = "sixteen times a length that batches are padded to, such as 512";
  const std::int64_t tokens = number(text, "--tokens", expected);
  const std::int64_t length = tokens / sequences;
  if (tokens % sequences != 0 || length > longest_sequence ||
      device::padded_length(length) != length)
    throw UsageError("found " + text + ", expected " + expected, "--tokens", "See --help.");
  return tokens;
}

std::string model_name(const std::string& text) {
  if (std::ranges::find(model_names, text) != model_names.end()) return text;
  throw UsageError("found '" + text + "', expected one of 125m, 1.3b, 13b, smollm2 and tiny",
                   "--model", "See --help.");
}

}  // namespace

DeviceOptions parse_device_options(std::span<char*> arguments) {
  static const std::vector<std::string> names = {"--device", "--model", "--tokens",
                                                 "--rounds", "--json",  "--help"};
  DeviceOptions asked;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const std::string name = arguments[i];
    if (name == "--help" || name == "-h") {
      asked.help = true;
      return asked;
    }
    if (std::ranges::find(names, name) == names.end()) {
      const std::string guess = did_you_mean(name, names);
      throw UsageError("there is no such option", name, guess.empty() ? "See --help." : guess);
    }
    if (i + 1 == arguments.size())
      throw UsageError("nothing follows, expected its value", name, "See --help.");
    const std::string value = arguments[++i];
    if (name == "--device") {
      if (value != "cuda" && value != "cpu")
        throw UsageError("found '" + value + "', expected cuda or cpu", name, "See --help.");
      asked.device = value;
    } else if (name == "--model") {
      asked.models.clear();
      for (const std::string& model : split(value)) asked.models.push_back(model_name(model));
    } else if (name == "--tokens") {
      asked.tokens.clear();
      for (const std::string& tokens : split(value)) asked.tokens.push_back(token_count(tokens));
    } else if (name == "--rounds") {
      asked.rounds = static_cast<int>(number(value, name, "a number from 1 on"));
    }
  }
  return asked;
}

}  // namespace trainbus::bench
