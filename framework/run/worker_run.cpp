#include "run/worker_run.hpp"

#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "core/bus/bus.hpp"
#include "core/io/error.hpp"
#include "core/io/host_name.hpp"
#include "engine/ranks/gradient_group.hpp"
#include "engine/ranks/network.hpp"
#include "engine/ranks/processes.hpp"
#include "kernels/cpu.hpp"
#include "run/starting_scores.hpp"

namespace trainbus {
namespace {

using std::chrono::milliseconds;

// While the leader loads its model, or waits in a queue.
constexpr milliseconds longest_loading = std::chrono::minutes(30);
constexpr milliseconds least_patience = std::chrono::seconds(5);

journal::Contents contents_of(std::vector<journal::Step> steps) {
  journal::Contents contents;
  contents.last_step = steps.size();
  for (journal::Step& step : steps) {
    contents.effective.push_back(contents.records.size());
    contents.records.emplace_back(std::move(step));
  }
  return contents;
}

}  // namespace

WorkerRun::WorkerRun(const ranks::Place& place, milliseconds patience, Requests& requests,
                     const std::string& version)
    : place_(place),
      patience_(patience),
      requests_(requests),
      meeting_(place, std::max(2 * patience, least_patience),
               [&requests] { return requests.stop_requested(); }) {
  const ranks::Hello hello{.build = engine_tag(),
                           .version = version,
                           .host = host_name(),
                           .cpu = std::string(kernels::cpu_name(kernels::cpu())),
                           .pid = ::getpid(),
                           .rank = place.rank};
  link_ = std::make_unique<ranks::GlooWorkerLink>(
      meeting_, hello, longest_loading, [&requests] { return requests.stop_requested(); });
}

std::string WorkerRun::leaves() const {
  return requests_.stop_requested() ? requests_.reason() : std::string();
}

ranks::End WorkerRun::work(const Parts& parts) {
  const ranks::Welcome& welcome = link_->welcome();
  if (StartingScores* scores = parts.task.starting_scores(); scores && !welcome.scores.empty())
    use_starting_scores(*scores, welcome.scores, welcome.header, "the leader's starting scores");
  const auto patience = std::chrono::duration_cast<ranks::Nanoseconds>(
      std::chrono::duration<double>(welcome.patience_s));
  if (!is_anew_)
    link_->open(
        std::max<milliseconds>(std::chrono::duration_cast<milliseconds>(patience), patience_));
  WorkerProcess process(*link_, patience, parts.model, parts.task, [this] { return leaves(); });
  std::unique_ptr<ranks::GradientGroup> gradients;
  if (std::exchange(is_anew_, true)) process.worker().begin_anew();
  try {
    ranks::Worker::SoFar so_far = process.worker().so_far();
    ReplaySource replay(contents_of(std::move(so_far.steps)), so_far.done);
    if (welcome.is_fixed && welcome.ranks > 1) {
      process.worker().say_ready(so_far.done);
      gradients = std::make_unique<ranks::GradientGroup>(
          meeting_, static_cast<int>(place_.rank), static_cast<int>(welcome.ranks),
          std::chrono::duration_cast<milliseconds>(patience));
      process.use(*gradients);
      OptimizerState state;
      gradients->share(parts.model.parameters(), state);
      replay.parameters_step = so_far.done;
      if (so_far.done > 0) replay.optimizer_state = std::move(state);
    }
    Bus nobody;
    TrainerHooks hooks;
    hooks.communicator = &process;
    Trainer trainer(parts.model, parts.task, parts.optimizer, parts.schedule, nobody, parts.options,
                    hooks, std::move(replay));
    const TrainResult result = trainer.run();
    process.worker().say_ready(result.steps);  // unless it has: there may have been no step to take
    process.worker().wait_for_the_end();
  } catch (const ranks::RunIsOver& over) {
    return over.end;
  }
}

}  // namespace trainbus
