#include "engine/ranks/introduction.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "core/io/error.hpp"
#include "core/io/json.hpp"

namespace trainbus::ranks {
namespace {

namespace json = boost::json;

json::value parsed(std::string_view text) {
  std::optional<json::value> value = try_parse_json(text);
  if (!value || !value->is_object())
    throw RunError("another process said what is no introduction", "ranks",
                   "Does something else use this port? Give another one by --leader HOST:PORT.");
  return std::move(*value);
}

// JSON has texts only, and these are any bytes.
std::string hexadecimal(std::string_view bytes) {
  std::string text;
  for (const char c : bytes)
    for (const int digit : {(c >> 4) & 15, c & 15}) text += "0123456789abcdef"[digit];
  return text;
}

// Of what is no hexadecimal number nothing good comes, which the checksum within shows.
std::string bytes_in(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes += static_cast<char>(digit(text[i]) << 4 | digit(text[i + 1]));
  return bytes;
}

}  // namespace

std::string Hello::name() const {
  return (rank < 0 ? "a process that joined" : "rank " + std::to_string(rank)) + " (" + host +
         ", pid " + std::to_string(pid) + ")";
}

std::string text_of(const Hello& h) {
  return json::serialize(json::object{{"build", h.build},
                                      {"version", h.version},
                                      {"host", h.host},
                                      {"cpu", h.cpu},
                                      {"pid", h.pid},
                                      {"rank", h.rank}});
}

std::string text_of(const Welcome& w) {
  return json::serialize(json::object{{"refusal", w.refusal},
                                      {"is_over", w.is_over},
                                      {"run", w.run},
                                      {"header", w.header},
                                      {"patience_s", w.patience_s},
                                      {"ranks", w.ranks},
                                      {"is_fixed", w.is_fixed},
                                      {"scores", hexadecimal(w.scores)}});
}

Hello hello_in(std::string_view text) {
  const json::value value = parsed(text);
  const JsonView view(value);
  return {.build = view["build"].text_or(""),
          .version = view["version"].text_or(""),
          .host = view["host"].text_or(""),
          .cpu = view["cpu"].text_or(""),
          .pid = view["pid"].integer().value_or(0),
          .rank = view["rank"].integer().value_or(-1)};
}

Welcome welcome_in(std::string_view text) {
  const json::value value = parsed(text);
  const JsonView view(value);
  return {.refusal = view["refusal"].text_or(""),
          .is_over = view["is_over"].flag().value_or(false),
          .run = view["run"].text_or(""),
          .header = view["header"].text_or(""),
          .patience_s = view["patience_s"].real().value_or(30),
          .ranks = static_cast<std::uint64_t>(view["ranks"].integer().value_or(1)),
          .is_fixed = view["is_fixed"].flag().value_or(false),
          .scores = bytes_in(view["scores"].text_or(""))};
}

}  // namespace trainbus::ranks
