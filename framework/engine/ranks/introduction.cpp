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
                                      {"is_fixed", w.is_fixed}});
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
          .is_fixed = view["is_fixed"].flag().value_or(false)};
}

}  // namespace trainbus::ranks
