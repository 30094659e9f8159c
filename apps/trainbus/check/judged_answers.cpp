#include "judged_answers.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <utility>

namespace trainbus::cli {
namespace {

double checked(double reward, const char* name) {
  if (std::isfinite(reward)) return reward;
  throw std::runtime_error("it returned " + exact_text(reward) + " for " + name +
                           ", expected a finite number");
}

template <class Call>
double explained(const char* name, Call call) {
  try {
    return checked(call(), name);
  } catch (const std::exception& error) {
    const std::string said = error.what();
    throw std::runtime_error(said.starts_with("it returned") ? said
                                                             : std::string(name) + ": " + said);
  }
}

std::string repeated(const std::string& text, std::size_t bytes) {
  std::string result;
  while (result.size() < bytes) result += text;
  return result;
}

}  // namespace

std::vector<NamedAnswer> usual_answers() {
  return {{"a right answer", {"What is 2 + 2?", " 4", {"4"}, {-0.1f, -0.01f}}},
          {"a wrong answer", {"What is 2 + 2?", " 5, I think.", {"4", "four"}, {-2, -1, -3, -1}}},
          {"an answer of one letter", {"Name a letter:", "e", {"e"}, {-3.5f}}},
          {"an answer of several lines",
           {"List three.", "1. one\n2. two\n\n3. three\n", {"one, two, three"}, {-1, -1, -1}}},
          {"an answer in JSON", {"As JSON:", "{\"a\": [1, 2.5e3, null]}", {"{\"a\": 1}"}, {-0.5f}}},
          {"an answer without references", {"Write a poem.", "Roses are red.", {}, {-1, -2}}}};
}

std::vector<NamedAnswer> strange_answers() {
  using namespace std::string_literals;
  return {
      {"an answer with nothing at all", {}},
      {"an empty answer", {"What is 2 + 2?", "", {"4"}, {-0.1f}}},
      {"an empty reference", {"What is 2 + 2?", "4", {""}, {-0.1f}}},
      {"an answer without tokens", {"What is 2 + 2?", "4", {"4"}, {}}},
      {"an empty prompt", {"", "4", {"4"}, {-0.1f}}},
      {"white space alone", {"?", " \n\t\r\n ", {" "}, {-1}}},
      {"tokens that are no text", {"?", "", {"4"}, {-1, -2, -3, -4}}},
      {"a token that is certain, and one that is hardly possible", {"?", "no", {}, {0, -1e30f}}},
      {"replaced bytes", {"?", "caf\uFFFD\uFFFD", {"caf\u00E9"}, {-1}}},
      {"a zero byte", {"?\0?"s, "4\0 5"s, {"4\0"s}, {-1}}},
      {"control characters", {"?", "\x01\x1b[31m\x7f", {"\x02"}, {-1}}},
      {"many scripts and emoji",
       {"\u4F60\u597D",
        "\u0645\u0631\u062D\u0628\u0627 \U0001F600\u200D\U0001F525 e\u0301",
        {"\u0928\u092E\u0938\u094D\u0924\u0947"},
        {-1, -1}}},
      {"quotes, backslashes and brackets", {"?", "\"'\\`[({<%s$", {"[({"}, {-1}}},
      {"a thousand references", {"?", "4", std::vector<std::string>(1000, "a reference"), {-1}}}};
}

NamedAnswer long_answer() {
  constexpr std::size_t bytes = 100'000;
  return {"an answer of 100,000 bytes",
          {repeated("A long prompt. ", bytes),
           repeated("Word after word, ", bytes),
           {"short"},
           std::vector<float>(bytes / 4, -1.25f)}};
}

std::string exact_text(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "infinity" : "-infinity";
  char digits[32];
  return {digits, std::to_chars(digits, digits + sizeof digits, number).ptr};
}

JudgedAnswers::JudgedAnswers(const RewardSubject& subject)
    : subject_(subject), host_(subject.reward) {
  for (const auto& [name, value] : subject.options) host_.set(name, value);
  subject.record.enter("create");
  try {
    instance_ = std::make_unique<testing::RewardInstance>(subject.reward, host_);
  } catch (const std::exception& error) {
    subject.record.refused = true;  // there is nothing to try out
    throw std::runtime_error(subject.where + ": cannot be created: " + error.what() +
                             ". Correct its options.");
  }
  subject.record.leave();
}

double JudgedAnswers::score(const NamedAnswer& answer) {
  using Clock = std::chrono::steady_clock;
  subject_.record.enter(std::string("score of ") + answer.name);
  const auto begin = Clock::now();
  const double reward = score_unrecorded(answer);
  subject_.record.answers.add(
      std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin).count());
  subject_.record.leave();
  return reward;
}

std::vector<double> JudgedAnswers::score(const std::vector<NamedAnswer>& answers) {
  std::vector<double> rewards;
  for (const NamedAnswer& answer : answers) rewards.push_back(score(answer));
  return rewards;
}

double JudgedAnswers::score_unrecorded(const NamedAnswer& answer) {
  return explained(answer.name, [&] { return instance_->score(answer.text); });
}

double JudgedAnswers::score_raw(const char* name, const tb_answer& answer) {
  subject_.record.enter(std::string("score of ") + name);
  const double reward = explained(name, [&] { return instance_->score_raw(answer); });
  subject_.record.leave();
  return reward;
}

void JudgedAnswers::destroy() {
  subject_.record.enter("destroy");
  instance_.reset();
  subject_.record.leave();
}

}  // namespace trainbus::cli
