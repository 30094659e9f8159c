// The program trainbus-isolate, when it hosts a reward.
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/host/isolate/host_connection.hpp"
#include "core/host/library.hpp"
#include "core/io/error.hpp"
#include "core/reward/judges.hpp"

namespace trainbus {
namespace {

using isolate::FieldReader, isolate::FieldWriter, isolate::Frame, isolate::HostConnection,
    isolate::Type;

// An item that owns what it refers to.
struct SentItem {
  explicit SentItem(std::string frame) : fields(std::move(frame)) {
    FieldReader reader(fields);
    item.prompt = reader.text();
    item.answer = reader.text();
    for (auto left = reader.number<std::uint64_t>(); left > 0; --left)
      references.emplace_back(reader.text());
    const std::string_view bytes = reader.text();
    tokens.resize(bytes.size() / sizeof(float));
    if (!tokens.empty()) std::memcpy(tokens.data(), bytes.data(), tokens.size() * sizeof(float));
    item.references = references;
    item.token_log_probabilities = tokens;
  }
  const std::string fields;
  std::vector<std::string> references;
  std::vector<float> tokens;
  RewardItem item;
};

class IsolatedRewardHost final : JudgingProgress {
 public:
  explicit IsolatedRewardHost(HostConnection& connection)
      : outlet_(connection.outlet), inbox_(connection.inbox) {}
  void create(FieldReader fields);
  void run();

 private:
  void begun(std::size_t item) override {
    outlet_.send(Type::Begun, FieldWriter().put(static_cast<std::uint64_t>(item)).take());
  }
  void judged(std::size_t item, double reward) override {
    outlet_.send(Type::Judged,
                 FieldWriter().put(static_cast<std::uint64_t>(item)).put(reward).take());
  }
  void judge();
  void fail(const std::exception& error) {
    outlet_.send(Type::Failed, FieldWriter().put(std::string_view(error.what())).take());
  }

  isolate::WireOutlet& outlet_;
  isolate::Inbox& inbox_;
  std::unique_ptr<Judges> judges_;
  std::vector<std::unique_ptr<SentItem>> sent_;
};

Plugin find_plugin(const std::filesystem::path& file, std::string_view id) {
  const Library library = load_library(file, "");
  for (std::uint32_t i = 0; library.rewards && i < library.rewards->reward_count; ++i)
    if (id == library.rewards->rewards[i]->id)
      return {.kind = Plugin::Kind::Reward,
              .id = std::string(id),
              .file = library.file,
              .reward = library.rewards->rewards[i]};
  throw PluginError("no longer offers '" + std::string(id) + "'", file.string(), "");
}

void IsolatedRewardHost::create(FieldReader fields) {
  const std::filesystem::path file = fields.text();
  const std::string_view id = fields.text();
  const std::string name(fields.text());
  RewardSettings settings;
  settings.threads = fields.number<std::uint32_t>();
  settings.limit = std::chrono::nanoseconds(fields.number<std::int64_t>());
  try {
    const Plugin plugin = find_plugin(file, id);
    OptionValues options(name, plugin.options());
    isolate::get_options(fields, options);
    judges_ = std::make_unique<Judges>(plugin, name, options, settings, &outlet_);
    outlet_.send(Type::Ready, {});
  } catch (const std::exception& error) {
    fail(error);
  }
}

void IsolatedRewardHost::judge() {
  std::vector<RewardItem> items;
  for (const auto& sent : sent_) items.push_back(sent->item);
  std::vector<double> rewards(items.size());
  try {
    judges_->judge(items, rewards, this);
  } catch (const std::exception& error) {
    fail(error);
  }
  sent_.clear();
}

void IsolatedRewardHost::run() {
  while (auto frame = inbox_.next(false)) {
    if (frame->type == Type::End) break;
    if (!judges_) continue;
    if (frame->type == Type::Item)
      sent_.push_back(std::make_unique<SentItem>(std::move(frame->fields)));
    if (frame->type == Type::Judge) judge();
  }
  if (a_reward_still_runs()) std::_Exit(0);
  judges_.reset();
}

}  // namespace

void isolate::host_rewards(HostConnection& connection, FieldReader start) {
  IsolatedRewardHost host(connection);
  host.create(start);
  host.run();
}

}  // namespace trainbus
