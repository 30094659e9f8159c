// A reward for form and brevity: one point for an answer that is a JSON object and nothing else, in
// one line; as much as is given for each reference that occurs in it; less, the longer it is.
#include <trainbus/reward.hpp>

#include <string_view>

struct ShortJson : trainbus::Reward {
  static constexpr trainbus::Option options[] = {
      trainbus::option::real("match", "1", "points for each reference in the answer").min(0),
      trainbus::option::real("byte", "0.002", "points that a byte of the answer costs").min(0)};
  static constexpr std::uint32_t flags = TB_REWARD_CONCURRENT;  // it changes nothing of its own

  explicit ShortJson(const trainbus::Host& host)
      : match(host.number<double>("match")), byte(host.number<double>("byte")) {}

  double score(const trainbus::Answer& answer) override {
    const std::string_view text = answer.text();
    const bool is_object = text.starts_with('{') && text.find('}') == text.size() - 1;
    double points = is_object && text.find('\n') == text.npos ? 1 : 0;
    for (const std::string_view reference : answer.references())
      if (text.find(reference) != text.npos) points += match;
    return points - byte * static_cast<double>(text.size());
  }

  const double match, byte;
};

TRAINBUS_REWARD(ShortJson, "short_json", "1.0.0", "a short JSON object that has the references");
