#include "core/reward/isolated_reward.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "core/host/isolate/plugin_process.hpp"
#include "core/io/error.hpp"
#include "core/reward/judges.hpp"

namespace trainbus {
namespace {

using isolate::FieldWriter, isolate::Message, isolate::Type;

std::string item_fields(const RewardItem& item) {
  FieldWriter fields;
  fields.put(item.prompt).put(item.answer);
  fields.put(static_cast<std::uint64_t>(item.references.size()));
  for (const std::string& reference : item.references) fields.put(std::string_view(reference));
  const std::span tokens = std::as_bytes(item.token_log_probabilities);
  fields.put(std::string_view(reinterpret_cast<const char*>(tokens.data()), tokens.size()));
  return fields.take();
}

class IsolatedReward final : public Reward, private isolate::PluginProcess {
 public:
  IsolatedReward(const Plugin& plugin, const std::string& name, const OptionValues& values,
                 const RewardSettings& settings, const IsolationLimits& limits);
  ~IsolatedReward() override { close(); }

  const std::string& id() const override { return id_; }
  void score(std::span<const RewardItem> items, std::span<double> rewards) override;

 private:
  bool handle(const Message& message) override;
  [[noreturn]] void throw_gone() override;
  void send_items(std::span<const RewardItem> items);
  void judge(std::span<const RewardItem> items);

  const std::string id_, where_;
  const std::chrono::nanoseconds limit_;
  // Of the round that goes on.
  std::span<const RewardItem> items_;
  std::vector<double> rewards_;
  std::set<std::size_t> being_judged_;
  std::size_t judged_ = 0;
};

IsolatedReward::IsolatedReward(const Plugin& plugin, const std::string& name,
                               const OptionValues& values, const RewardSettings& settings,
                               const IsolationLimits& limits)
    : PluginProcess(name, limits),
      id_(plugin.id),
      where_(name + " (" + plugin.file.string() + ")"),
      limit_(settings.limit) {
  FieldWriter fields;
  fields.put(std::string_view(plugin.file.string())).put(std::string_view(plugin.id));
  fields.put(std::string_view(name)).put(std::uint32_t{settings.threads});
  fields.put(static_cast<std::int64_t>(settings.limit.count()));
  isolate::put_options(fields, values, plugin.options());
  start(Type::StartRewards, fields.take(), where_, "Correct its options.");
}

// The plugin may write anything to the socket: what cannot be is refused.
bool IsolatedReward::handle(const Message& message) {
  if (message.type != Type::Begun && message.type != Type::Judged)
    return PluginProcess::handle(message);
  if (message.item >= items_.size()) misbehaved("the number of an answer that it was not sent");
  if (message.type == Type::Begun) {
    being_judged_.insert(message.item);
  } else {
    if (being_judged_.erase(message.item) == 0)
      misbehaved("a reward for an answer that it had not begun");
    if (!std::isfinite(message.reward)) misbehaved("a reward that is not finite");
    rewards_[message.item] = message.reward;
    ++judged_;
  }
  return true;
}

void IsolatedReward::throw_gone() {
  std::string during;
  for (const std::size_t item : being_judged_)
    during += (during.empty() ? " while it judged " : ", ") + item_text(items_, item);
  throw PluginError(why() + during, where_, "Try it with 'trainbus plugins check'.");
}

// All or none, so that the process never has items of two rounds.
void IsolatedReward::send_items(std::span<const RewardItem> items) {
  std::vector<std::string> frames;
  for (std::size_t item = 0; item < items.size(); ++item) {
    frames.push_back(item_fields(items[item]));
    if (frames.back().size() > isolate::FrameBuffer::most_bytes)
      throw PluginError(item_text(items, item) + " has " + std::to_string(frames.back().size()) +
                            " bytes with its prompt and references, expected at most " +
                            std::to_string(isolate::FrameBuffer::most_bytes),
                        where_, "Judge it without isolate.");
  }
  for (const std::string& frame : frames) send(Type::Item, frame, "take an answer");
  send(Type::Judge, {}, "take the answers");
}

void IsolatedReward::judge(std::span<const RewardItem> items) {
  rewards_.assign(items.size(), 0);
  judged_ = 0;
  send_items(items);
  while (judged_ < items.size()) {
    const isolate::Frame frame =
        await({Type::Begun, Type::Judged, Type::Failed}, limit_ + limits().hang_limit, "go on");
    log_what_it_printed();
    if (frame.type == Type::Failed)
      throw PluginError(read(frame).text, "", "");  // the message says where, and what to do
  }
}

void IsolatedReward::score(std::span<const RewardItem> items, std::span<double> rewards) {
  if (!why().empty()) throw_gone();
  // The items are the caller's, and not to be used after this call.
  struct Round {
    ~Round() {
      self.items_ = {};
      self.being_judged_.clear();
    }
    IsolatedReward& self;
  } const round{*this};
  items_ = items;
  judge(items);
  std::ranges::copy(rewards_, rewards.begin());
}

}  // namespace

std::unique_ptr<Reward> make_isolated_reward(const Plugin& plugin, const std::string& name,
                                             const OptionValues& values,
                                             const RewardSettings& settings,
                                             const IsolationLimits& limits) {
  return std::make_unique<IsolatedReward>(plugin, name, values, settings, limits);
}

}  // namespace trainbus
