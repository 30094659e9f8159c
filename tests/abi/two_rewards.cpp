// A module of two rewards, of which one uses all that a class may declare.
#include <trainbus/reward.hpp>

#include <string>

namespace {

struct Brief : trainbus::Reward {
  static constexpr trainbus::Option options[] = {
      trainbus::option::integer("most", "10", "bytes that cost nothing").min(1),
      trainbus::option::flag("strict", "no", "refuses longer answers")};
  static constexpr std::uint32_t flags = TB_REWARD_CONCURRENT;
  static constexpr const char* url = "https://example.org";
  static constexpr const char* license = "MIT";

  explicit Brief(const trainbus::Host& host)
      : most(host.number<std::size_t>("most")), strict(host.flag("strict")) {
    if (most == 13) throw std::runtime_error("13 is not lucky");
    host.info("ready");
  }
  double score(const trainbus::Answer& answer) override {
    const std::size_t size = answer.text().size();
    if (strict && size > most) throw std::length_error("it has " + std::to_string(size));
    return size > most ? -static_cast<double>(size - most) : 0;
  }
  const std::size_t most;
  const bool strict;
};

struct Everything : trainbus::Reward {
  double score(const trainbus::Answer& answer) override {
    double sum = static_cast<double>(answer.prompt().size());
    for (const std::string_view reference : answer.references())
      sum += 100 * static_cast<double>(reference.size());
    for (const float token : answer.token_log_probabilities()) sum += token;
    return sum;
  }
};

}  // namespace

TRAINBUS_REWARDS(trainbus::reward<Brief>("acme.brief", "1.2.0", "short answers"),
                 trainbus::reward<Everything>("acme.everything", "0.1.0", "adds up what it sees"));
