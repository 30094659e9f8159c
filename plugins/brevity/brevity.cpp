// brevity: a reward from 0 to 1 for an answer that is one short sentence. Half of it is for the
// form: a capital letter first, a full stop, an exclamation or a question mark last, and none with a
// blank behind it in between. The other half is for as many words as asked for, or fewer; it falls
// to 0 at twice as many. Nothing is worth nothing.
#include <trainbus/reward.hpp>

#include <algorithm>
#include <string_view>

namespace {

constexpr std::string_view marks = ".!?", blanks = " \t\r\n";

std::size_t count_words(std::string_view text) {
  std::size_t words = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_blank = blanks.find(text[i]) != blanks.npos;
    const bool was_blank = i == 0 || blanks.find(text[i - 1]) != blanks.npos;
    words += !is_blank && was_blank;
  }
  return words;
}

bool is_one_sentence(std::string_view text) {
  if (text.front() < 'A' || text.front() > 'Z') return false;
  if (marks.find(text.back()) == marks.npos) return false;
  for (std::size_t i = 0; i + 1 < text.size(); ++i)
    if (marks.find(text[i]) != marks.npos && blanks.find(text[i + 1]) != blanks.npos) return false;
  return true;
}

struct Brevity : trainbus::Reward {
  static constexpr trainbus::Option options[] = {
      trainbus::option::integer("words", "12", "words that an answer may have").min(1).max(1e6)};
  static constexpr std::uint32_t flags = TB_REWARD_CONCURRENT;  // it changes nothing of its own

  explicit Brevity(const trainbus::Host& host) : most(host.number<double>("words")) {}

  double score(const trainbus::Answer& answer) override {
    const std::string_view text = answer.text();
    const auto words = static_cast<double>(count_words(text));
    if (words == 0) return 0;
    const double form = is_one_sentence(text) ? 1 : 0;
    return (form + std::clamp(2 - words / most, 0.0, 1.0)) / 2;
  }

  const double most;
};

}  // namespace

TRAINBUS_REWARD(Brevity, "brevity", "1.0.0", "a reward for answers of one short sentence");
