#include "core/reward/reward_instance.hpp"

#include <cmath>
#include <cstring>

#include "core/bus/current_call.hpp"
#include "core/host/process_state.hpp"
#include "core/io/error.hpp"
#include "core/io/utf8.hpp"

namespace trainbus {
namespace {

tb_text as_text(const std::string& text) { return {text.c_str(), text.size()}; }

std::string message_of(const tb_error& error) {
  const std::string said(error.message, ::strnlen(error.message, sizeof error.message));
  return said.empty() ? "failed without saying why" : said;
}

const char* name_of_infinite(double reward) {
  if (std::isnan(reward)) return "NaN";
  return reward > 0 ? "infinity" : "-infinity";
}

}  // namespace

JudgedText::JudgedText(const RewardItem& item)
    : prompt_(replace_invalid_utf8(item.prompt)),
      answer_(replace_invalid_utf8(item.answer)),
      tokens_(item.token_log_probabilities.begin(), item.token_log_probabilities.end()) {
  for (const std::string& reference : item.references)
    references_.push_back(replace_invalid_utf8(reference));
  for (const std::string& reference : references_) reference_texts_.push_back(as_text(reference));
  raw_ = {.size = sizeof(tb_answer),
          .prompt = as_text(prompt_),
          .answer = as_text(answer_),
          .references = references_.empty() ? nullptr : reference_texts_.data(),
          .reference_count = references_.size(),
          .token_log_probabilities = tokens_.empty() ? nullptr : tokens_.data(),
          .token_count = tokens_.size()};
}

RewardInstance::RewardHost::RewardHost(const std::string& name, const OptionValues& values,
                                       Outlet* outlet)
    : PluginHost(name, values,
                 {.run_directory = {},
                  .files = file_system(),
                  .terminal = trainbus::terminal(),
                  .outlet = outlet}) {
  abi_minor = TB_REWARD_ABI_MINOR;
  // A pure function has no use for files or the terminal.
  extension = [](const tb_host*, const char*) {
    static constexpr tb_extension none{sizeof(tb_extension)};
    return &none;
  };
}

RewardInstance::RewardInstance(const Plugin& plugin, const std::string& name,
                               const OptionValues& values, Outlet* outlet)
    : plugin_(*plugin.reward), name_(name), host_(name, values, outlet) {
  tb_error error{};
  {
    const CurrentCall current(name_.c_str(), CurrentCall::Of::Reward);
    const ProcessStateGuard guard("creating " + name + " (" + plugin.file.string() + ")");
    self_ = plugin_.create(&host_, &error);
  }
  if (!self_)
    throw PluginError("cannot be created: " + message_of(error),
                      name + " (" + plugin.file.string() + ")", "Correct its options.");
}

RewardInstance::~RewardInstance() {
  const CurrentCall current(name_.c_str(), CurrentCall::Of::Reward);
  plugin_.destroy(self_);
}

double RewardInstance::score(const JudgedText& text) {
  const CurrentCall current(name_.c_str(), CurrentCall::Of::Reward);
  tb_error error{};
  double reward = std::nan("");
  if (plugin_.score(self_, &text.raw(), &reward, &error) != TB_OK)
    throw PluginError(message_of(error), "", "");
  if (!std::isfinite(reward))
    throw PluginError(
        std::string("it returned ") + name_of_infinite(reward) + ", expected a finite number", "",
        "");
  return reward;
}

}  // namespace trainbus
