#include "core/reward/judges.hpp"

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/utf8.hpp"
#include "core/reward/judging_round.hpp"

namespace trainbus {
namespace {

std::atomic<bool> still_runs = false;

// What a thread that never returns uses: never destroyed.
void keep_for_ever(std::shared_ptr<RewardInstance> instance) {
  static auto& kept = *new std::vector<std::shared_ptr<RewardInstance>>;
  kept.push_back(std::move(instance));
  still_runs = true;
}

unsigned thread_count(unsigned asked) {
  return asked > 0 ? asked : std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

bool a_reward_still_runs() { return still_runs; }

std::string item_text(std::span<const RewardItem> items, std::size_t item) {
  constexpr std::size_t most = 60;
  const std::string answer = replace_invalid_utf8(items[item].answer);
  std::string shown = answer.substr(0, utf8_cut(answer, most));
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < ' ') c = ' ';  // a message is one line
  if (shown.size() < answer.size()) shown += "…";
  return "answer " + std::to_string(item + 1) + " of " + std::to_string(items.size()) + " (\"" +
         shown + "\")";
}

Judges::Judges(const Plugin& plugin, const std::string& name, const OptionValues& values,
               const RewardSettings& settings, Outlet* outlet)
    : plugin_(plugin),
      name_(name),
      where_(name + " (" + plugin.file.string() + ")"),
      values_(values),
      threads_(thread_count(settings.threads)),
      limit_(settings.limit),
      outlet_(outlet) {
  make_instances(1);
}

Judges::~Judges() = default;

void Judges::make_instances(std::size_t threads) {
  const std::size_t wanted = plugin_.reward->flags & TB_REWARD_CONCURRENT ? 1 : threads;
  while (instances_.size() < wanted)
    instances_.push_back(std::make_shared<RewardInstance>(plugin_, name_, values_, outlet_));
}

// As many as the system lets us have, but one.
std::vector<std::thread> Judges::start(const std::shared_ptr<JudgingRound>& round,
                                       std::size_t threads) {
  std::vector<std::thread> started;
  try {
    while (started.size() < threads)
      started.emplace_back([round, seat = started.size(), instance = instance_of(started.size())] {
        round->work(seat, *instance);
      });
  } catch (const std::system_error& error) {
    if (started.empty())
      throw RunError(std::string("cannot start a thread: ") + error.what(), where_,
                     "Are there too many threads?");
    for (std::size_t seat = started.size(); seat < threads; ++seat) round->leave(seat);
  }
  return started;
}

void Judges::judge(std::span<const RewardItem> items, std::span<double> rewards,
                   JudgingProgress* progress) {
  if (stuck_)
    throw PluginError("an earlier call has not returned yet", where_, "Begin a new process.");
  const std::size_t seats = std::min<std::size_t>(threads_, items.size());
  make_instances(seats);
  const auto round = std::make_shared<JudgingRound>(items, progress, seats);
  std::vector<std::thread> threads = start(round, seats);
  const std::set<std::size_t> late = round->wait(limit_);
  for (std::size_t seat = 0; seat < threads.size(); ++seat) {
    if (!late.contains(seat)) {
      threads[seat].join();
      continue;
    }
    threads[seat].detach();
    keep_for_ever(instance_of(seat));
    stuck_ = true;
  }
  if (!round->failures().empty()) {
    const auto& [item, reason] = *round->failures().begin();
    throw PluginError(item_text(items, item) + " could not be judged: " + reason, where_,
                      late.empty() ? "" : "Give it more time with --" + name_ + ".limit.");
  }
  std::ranges::copy(round->rewards(), rewards.begin());
}

}  // namespace trainbus
