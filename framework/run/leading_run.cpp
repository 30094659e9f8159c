#include "run/leading_run.hpp"

#include <thread>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "core/io/host_name.hpp"
#include "core/io/log.hpp"
#include "core/io/terminal.hpp"
#include "core/journal/codec.hpp"
#include "core/journal/reader.hpp"
#include "engine/ranks/network.hpp"
#include "kernels/cpu.hpp"

namespace trainbus {
namespace {

using std::chrono::milliseconds, std::chrono::steady_clock;

// For workers that have come and load: much longer than any model takes.
constexpr std::chrono::minutes loading_patience(30);
// Of workers that begin anew, where the leader has done so already: as often as long as it took.
constexpr int anew_patience = 10;

std::string count_text(std::size_t count, const char* one, const char* many) {
  return std::to_string(count) + " " + (count == 1 ? one : many);
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

LeadingRun::LeadingRun(ranks::Place place, RankRules rules, Requests* requests)
    : place_(std::move(place)),
      rules_(rules),
      requests_(requests),
      meeting_(place_, rules.patience) {}

LeadingRun::~LeadingRun() = default;

void LeadingRun::tell(const std::string& what, bool severe) {
  log::write(severe ? log::Level::Warning : log::Level::Info, what);
  const std::lock_guard lock(mutex_);
  history_.push_back(what);
}

std::vector<std::string> LeadingRun::history() const {
  const std::lock_guard lock(mutex_);
  return history_;
}

// On the thread that welcomes.
ranks::Welcome LeadingRun::welcome(const ranks::Hello& hello) {
  ranks::Welcome words = words_;
  if (hello.build != engine_tag())
    words.refusal = "it is trainbus " + hello.version + " of another build (" +
                    hello.build.substr(0, 12) + ", the leader's is " + engine_tag().substr(0, 12) +
                    "): all processes of a run must have the same version, built against the same "
                    "LibTorch";
  else if (is_fixed_ && (hello.rank < 1 || hello.rank >= place_.size))
    words.refusal = "the ranks of a first-order run are fixed when it begins";
  const std::string_view own = kernels::cpu_name(kernels::cpu());
  if (words.refusal.empty() && !words.is_over && hello.cpu != own)
    tell(hello.name() + " computes with " + hello.cpu + ", rank 0 with " + std::string(own) +
             ": the losses that it computes may differ in the last bits from those of a run on one "
             "kind of processor. The lesser of the two as TRAINBUS_CPU for all makes them alike",
         true);
  return words;
}

void LeadingRun::receive() {
  links_ = std::make_unique<ranks::GlooLeaderLinks>(
      meeting_, rules_.patience,
      ranks::GlooLeaderLinks::Hooks{
          .welcome = [this](const ranks::Hello& hello) { return welcome(hello); },
          .tell = [this](const std::string& what) { tell(what, true); }});
}

void LeadingRun::dismiss() {
  words_.is_over = true;
  receive();
  const auto deadline = steady_clock::now() + rules_.patience;
  while (links_->gone() + 1 < size() && steady_clock::now() < deadline &&
         !(requests_ && requests_->stop_requested()))
    std::this_thread::sleep_for(milliseconds(20));
}

void LeadingRun::open(const std::string& run, const std::string& header,
                      const std::filesystem::path& journal, Model& model,
                      const Optimizer& optimizer) {
  const auto process = [&] {
    process_ = std::make_unique<LeaderProcess>(*leader_, model.parameters());
  };
  if (leader_) return process();
  journal_ = journal;
  is_fixed_ = !optimizer.replays();
  words_ = {.refusal = {},
            .run = run,
            .header = header,
            .patience_s = std::chrono::duration<double>(rules_.patience).count(),
            .ranks = size(),
            .is_fixed = is_fixed_,
            .scores = scores_};
  receive();
  leader_ = std::make_unique<ranks::Leader>(
      *links_,
      ranks::LeaderRules{.patience = rules_.patience,
                         .overlap = rules_.overlap ? 1u : 0u,
                         .is_fixed = is_fixed_,
                         .fewest_ranks = rules_.fewest},
      ranks::LeaderHooks{
          .records = [this](std::uint64_t from, std::uint64_t to) { return records(from, to); },
          .is_ending = [this] { return requests_ && requests_->stop_requested(); },
          .tell = [this](const std::string& what, bool severe) { tell(what, severe); }});
  process();
}

void LeadingRun::begin_anew(const std::string& why) {
  process_.reset();
  tell("the run begins anew from its journal: " + why, false);
  leader_->begin_anew(why);
  anew_since_ = steady_clock::now();
}

// Read from the file each time: workers come rarely, and a long run's records are many.
std::string LeadingRun::records(std::uint64_t from, std::uint64_t to) const {
  std::string frames, frame;
  if (from >= to) return frames;
  const journal::Contents journal = journal::read(file_system(), journal_);
  if (journal.last_step < to)
    throw RunError("has " + std::to_string(journal.last_step) + " of the " + std::to_string(to) +
                       " steps so far, the others are in memory",
                   journal_.string(), "Is the disk full? A worker can join when they are written.");
  for (const std::size_t place : journal.effective) {
    const auto* step = std::get_if<journal::Step>(&journal.records[place]);
    if (!step || step->step <= from || step->step > to) continue;
    journal::encode(*step, frame);
    frames += frame;
  }
  return frames;
}

void LeadingRun::gather(std::uint64_t done) {
  const std::size_t workers = anew_since_ ? leader_->here() : size() - 1;
  const auto begin = steady_clock::now();
  if (!anew_since_)
    log::info("this is rank 0 of " + std::to_string(size()) + " on " + host_name() +
              (place_.launcher.empty() ? "" : ", by " + place_.launcher) + ", and leads at " +
              ranks::address_text(place_.host, place_.port) +
              (place_.token.empty() ? "" : " --token " + place_.token));
  const auto gives_up = [&] {
    if (requests_ && requests_->stop_requested()) return true;
    const std::size_t ready = leader_->ready(), here = links_->here();
    const auto waited = steady_clock::now() - begin;
    if (anew_since_)  // those that are not ready in time can still come
      return ready == leader_->here() ||
             (waited > rules_.patience && waited > anew_patience * (begin - *anew_since_));
    terminal().set_live(
        0, "waiting for " + count_text(workers - ready, "worker", "workers") +
               (here > ready ? ", " + std::to_string(here - ready) + " of them load" : ""));
    // Those that have come are waited for; those that have not, for the patience.
    return waited > rules_.patience && ready >= here;
  };
  leader_->gather(workers, done, links_->now() + loading_patience, gives_up);
  terminal().set_live(0, "");
  if (requests_ && requests_->stop_requested()) return;
  if (anew_since_)
    check_gathered_anew();
  else
    check_gathered(workers);
}

void LeadingRun::check_gathered_anew() {
  const std::size_t processes = leader_->ready() + 1;
  if (leader_->must_end().empty())
    tell("the run goes on with " + count_text(processes, "process", "processes"), false);
}

void LeadingRun::check_gathered(std::size_t workers) {
  const std::size_t ready = leader_->ready();
  const std::string came = std::to_string(ready) + " of " +
                           count_text(workers, "worker", "workers") + " came within " +
                           std::to_string(rules_.patience.count() / 1000) + " s";
  const std::string remedy =
      "Start them, or give a longer --rank-patience. If this is a run of one process, the "
      "launcher's "
      "variables are left over in the environment: give --ranks 1.";
  if (ready < workers && is_fixed_)
    throw UsageError(came + ", and a first-order run needs all of them", "--ranks", remedy);
  if (ready + 1 < rules_.fewest)
    throw UsageError(came + ", and the run needs " + std::to_string(rules_.fewest) + " processes",
                     "--min-ranks", remedy);
  if (ready < workers)
    tell(came + ": the run begins without the others, which can still come. " + remedy, true);
  else if (workers > 0)
    tell(joined(leader_->ready_names()) + (workers == 1 ? " is there" : " are there"), false);
  if (is_fixed_ && workers > 0) {
    gradients_ = std::make_unique<ranks::GradientGroup>(meeting_, 0, static_cast<int>(size()),
                                                        rules_.patience);
    process_->use(*gradients_);
  }
}

void LeadingRun::share(Parameters& parameters, std::optional<OptimizerState>& state) {
  if (!gradients_) return;
  OptimizerState shared = state.value_or(OptimizerState());
  gradients_->share(parameters, shared);
}

void LeadingRun::end(ranks::End::How how, const std::string& reason) {
  if (leader_) leader_->end(how, reason);
}

void check_items(std::size_t ranks, const Optimizer& optimizer, const std::string& optimizer_name,
                 std::uint64_t micro_batches) {
  const std::size_t items = optimizer.directions() * micro_batches;
  if (items >= ranks) return;
  const std::string count = std::to_string(ranks);
  const std::string option(optimizer.directions_option());
  const bool has_directions = optimizer.replays() && !option.empty();
  throw UsageError(
      count + " processes, and a step has " + count_text(items, "item", "items") + " (" +
          (has_directions ? count_text(optimizer.directions(), "direction", "directions") + " × "
                          : "") +
          count_text(micro_batches, "micro-batch", "micro-batches") + ") to share among them",
      "--ranks",
      option == "directions" && has_directions
          ? "Give --" + optimizer_name + ".directions " + count + " (and up to " + count +
                " times the lr), or --micro-batches " + count + "."
      : has_directions
          ? "Give more --" + optimizer_name + "." + option + ", or --micro-batches " + count + "."
          : "Give --micro-batches " + count + ".");
}

}  // namespace trainbus
