#include "device/device_steps.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <utility>

#include "core/io/error.hpp"

namespace trainbus::device {
namespace {

// How many programs are kept; each holds the memory of its activations.
constexpr std::size_t most_programs = 32;

// Zeros, so that work that is warmed up before the first batch reads valid indices.
at::Tensor bytes_on(at::Device device, std::int64_t count) {
  return at::zeros({std::max<std::int64_t>(count, 1)},
                   at::TensorOptions().dtype(at::kByte).device(device));
}

Rule rule_of(const DeviceRule& rule, std::size_t micro_batches) {
  return {.eps = rule.eps,
          .weight_decay = rule.weight_decay,
          .clip = rule.clip,
          .directions = rule.directions,
          .micro_batches = static_cast<std::int32_t>(micro_batches),
          .sign = rule.sign};
}

}  // namespace

// The recorded work of a step with these shapes, and its memory.
struct DeviceSteps::Program {
  // Staging memory of one pending step.
  struct Place {
    StepBuffers numbers;
    std::vector<PaddedBatch> batches;
  };

  Rule rule;
  StepBuffers numbers;               // on the device
  std::vector<PaddedBatch> batches;  // on the device
  std::vector<Place> places;         // on the host
  std::unique_ptr<Work> work;
  std::uint64_t used = 0;  // the last step that used it
};

struct DeviceSteps::PendingStep {
  Program* program;
  Program::Place* place;
  std::unique_ptr<Mark> done;
  std::vector<std::uint32_t> tokens;
};

DeviceSteps::DeviceSteps(const Model& model, const DeviceRule& rule, Backend& backend,
                         std::size_t depth)
    : model_(model),
      rule_(rule),
      backend_(backend),
      depth_(std::max<std::size_t>(depth, 1)),
      parameters_(model.parameters(), backend.device()),
      passes_(backend.passes(parameters_, rule.z)),
      perturbed_(parameters_, *passes_, rule.scratch) {}

DeviceSteps::~DeviceSteps() = default;

void DeviceSteps::load(const Parameters& parameters) {
  parameters_.load(parameters);
  host_is_current_ = true;
}

void DeviceSteps::fetch(Parameters& parameters) {
  if (std::exchange(host_is_current_, true)) return;
  parameters_.fetch(parameters);
}

// Both sides of every micro-batch along one direction.
void DeviceSteps::forwards(const Program& program, int direction) {
  const at::NoGradGuard no_grad;
  const at::Tensor losses = program.numbers.losses()[direction];  // [M, 2]
  DeviceWeights both(parameters_, *passes_, perturbed_,
                     {program.numbers.perturbations(), direction});
  for (std::size_t m = 0; m < program.batches.size(); ++m)
    losses[static_cast<std::int64_t>(m)].copy_(model_.loss(both, program.batches[m].batch()));
}

std::unique_ptr<DeviceSteps::Program> DeviceSteps::make_program(const Shapes& shapes) {
  const Rule rule = rule_of(rule_, shapes.size());
  const std::int64_t bytes = StepBuffers::layout_bytes(rule);
  auto program = std::make_unique<Program>(
      Program{rule, StepBuffers(rule, bytes_on(backend_.device(), bytes)), {}, {}, nullptr});
  for (const BatchShape& shape : shapes)
    program->batches.emplace_back(shape,
                                  bytes_on(backend_.device(), PaddedBatch::layout_bytes(shape)));
  for (std::size_t i = 0; i < depth_; ++i) {
    Program::Place place{StepBuffers(rule, backend_.staging(bytes)), {}};
    for (const BatchShape& shape : shapes)
      place.batches.emplace_back(shape, backend_.staging(PaddedBatch::layout_bytes(shape)));
    program->places.push_back(std::move(place));
  }
  Program& made = *program;
  const auto all_forwards = [this, &made] {
    passes_->begin_step(made.numbers);
    for (int d = 0; d < made.rule.directions; ++d) forwards(made, d);
  };
  const auto whole = [this, &made, all_forwards] {
    all_forwards();
    passes_->end_step(made.numbers);
    passes_->update(made.numbers.terms(), made.numbers.update());
  };
  program->work = backend_.record(all_forwards, whole);
  return program;
}

DeviceSteps::Program& DeviceSteps::program(const Shapes& shapes) {
  const auto found = programs_.find(shapes);
  if (found != programs_.end()) return *found->second;
  if (programs_.size() >= most_programs) {
    const auto is_idle = [this](const Program* p) {
      return std::ranges::none_of(pending_,
                                  [p](const PendingStep& step) { return step.program == p; });
    };
    auto oldest = programs_.end();
    for (auto p = programs_.begin(); p != programs_.end(); ++p)
      if (is_idle(p->second.get()) &&
          (oldest == programs_.end() || p->second->used < oldest->second->used))
        oldest = p;
    if (oldest != programs_.end()) programs_.erase(oldest);
  }
  return *programs_.emplace(shapes, make_program(shapes)).first->second;
}

void DeviceSteps::begin(const DeviceStep& step) {
  if (pending_.size() >= depth_)
    throw RunError("was handed more than " + std::to_string(depth_) + " steps at once", "device",
                   "");
  Shapes shapes;
  for (const Batch& batch : step.window) shapes.push_back(shape_of(batch));
  Program& chosen = program(shapes);
  chosen.used = step.step + 1;
  Program::Place& place = chosen.places[next_place_];
  next_place_ = (next_place_ + 1) % depth_;

  const StepNumbers numbers = place.numbers.numbers();
  *numbers.input = {step.seed, static_cast<std::uint32_t>(step.step), 0, step.lr};
  double total = 0;
  for (const Batch& batch : step.window) total += batch.weight;
  PendingStep entry{&chosen, &place, nullptr, {}};
  for (std::size_t m = 0; m < step.window.size(); ++m) {
    numbers.shares[m] = step.window[m].weight / total;
    place.batches[m].fill(step.window[m]);
    backend_.copy(chosen.batches[m].memory(), place.batches[m].memory());
    entry.tokens.push_back(static_cast<std::uint32_t>(step.window[m].token_count));
  }
  backend_.copy(chosen.numbers.to_device(), place.numbers.to_device());
  backend_.run(*chosen.work);
  backend_.copy(place.numbers.to_host(), chosen.numbers.to_host());
  entry.done = backend_.mark();
  pending_.push_back(std::move(entry));
  host_is_current_ = false;
}

void DeviceSteps::finish(journal::Step& record) {
  if (pending_.empty()) throw RunError("was asked for a step, none is pending", "device", "");
  PendingStep done = std::move(pending_.front());
  pending_.pop_front();
  backend_.wait(*done.done);
  const StepNumbers n = done.place->numbers.numbers();
  const auto d = static_cast<std::size_t>(rule_.directions), m = done.tokens.size();
  record.tokens = std::move(done.tokens);
  record.losses.assign(n.losses, n.losses + 2 * d * m);
  record.means.clear();
  if (m > 1) record.means.assign(n.means, n.means + 2 * d);
  record.coefficients.assign(n.coefficients, n.coefficients + d);
  record.decay = n.verdict->decay;
  record.skipped = n.verdict->skipped != 0;
}

at::Tensor DeviceSteps::logits(const Batch& batch) {
  const at::NoGradGuard no_grad;
  const BatchShape shape = shape_of(batch);
  PaddedBatch here(shape, backend_.staging(PaddedBatch::layout_bytes(shape)));
  PaddedBatch there(shape, bytes_on(backend_.device(), PaddedBatch::layout_bytes(shape)));
  here.fill(batch);
  backend_.copy(there.memory(), here.memory());
  backend_.wait(*backend_.mark());
  DeviceWeights weights(parameters_, *passes_);
  return model_.logits(weights, there.batch()).to(at::kFloat).to(at::kCPU);
}

}  // namespace trainbus::device
