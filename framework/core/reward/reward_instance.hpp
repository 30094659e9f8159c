// One instance of a reward plugin: its host services, and the calls of its C interface.
#pragma once

#include <string>
#include <vector>

#include "core/host/catalog.hpp"
#include "core/host/option.hpp"
#include "core/host/plugin_host.hpp"
#include "core/reward/reward.hpp"

namespace trainbus {

// An item as the plugin gets it: texts that are valid UTF-8 and end with a zero byte. A copy, so
// that a call which never returns uses nothing of the caller's.
class JudgedText {
 public:
  explicit JudgedText(const RewardItem& item);
  JudgedText(const JudgedText&) = delete;
  JudgedText& operator=(const JudgedText&) = delete;
  const tb_answer& raw() const { return raw_; }

 private:
  std::string prompt_, answer_;
  std::vector<std::string> references_;
  std::vector<tb_text> reference_texts_;
  std::vector<float> tokens_;
  tb_answer raw_;
};

// Created and destroyed by one thread, called by one thread at a time unless the plugin says that
// more may call.
class RewardInstance {
 public:
  // Throws PluginError with the plugin's own message. Process-wide state that creating changed is
  // restored, with a warning. outlet: where its log goes; null: this process's.
  RewardInstance(const Plugin& plugin, const std::string& name, const OptionValues& values,
                 Outlet* outlet);
  ~RewardInstance();
  RewardInstance(const RewardInstance&) = delete;
  RewardInstance& operator=(const RewardInstance&) = delete;

  // Throws PluginError with the reason alone: the plugin's message, or what it returned if that is
  // not finite.
  double score(const JudgedText& text);

 private:
  struct RewardHost : PluginHost {
    RewardHost(const std::string& name, const OptionValues& values, Outlet* outlet);
  };

  const tb_reward& plugin_;
  const std::string name_;
  RewardHost host_;  // outlives self_
  void* self_ = nullptr;
};

}  // namespace trainbus
