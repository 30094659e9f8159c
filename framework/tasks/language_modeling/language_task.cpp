#include "tasks/language_modeling/language_task.hpp"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/log_softmax.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/io/error.hpp"
#include "core/io/sha256.hpp"
#include "engine/batch_check.hpp"
#include "engine/communicator.hpp"
#include "tasks/packing.hpp"

namespace trainbus {
namespace {

constexpr std::uint64_t scored_together = 512;  // tokens of an evaluation batch

LanguageTaskOptions checked(LanguageTaskOptions options) {
  if (options.batch_size < 1 || options.block_size < 2 || options.stride < 1 ||
      options.stride > options.block_size)
    throw UsageError(
        "found a batch size below 1, a block size below 2, or a stride that is not "
        "from 1 to the block size",
        "the task's options", "Give --task.stride at most --task.block-size.");
  return options;
}

// Sequences whose last tokens are predicted.
struct LanguagePacking {
  Packing packing;
  void append(std::span<const std::int32_t> ids, std::uint64_t scored) {
    const std::int64_t begin = packing.offsets.back();
    packing.append(ids);
    for (std::size_t i = ids.size() - scored; i < ids.size(); ++i) {
      packing.positions.push_back(begin + static_cast<std::int64_t>(i) - 1);
      packing.targets.push_back(ids[i]);
    }
    packing.end_sequence();
  }
  Batch batch(std::size_t examples) const {
    Batch batch = packing.batch();
    batch.examples = static_cast<std::int64_t>(examples);
    batch.weight = static_cast<double>(packing.targets.size());
    return batch;
  }
};

std::span<const std::int32_t> ids_of(const tasks::TokenLine& line, std::uint64_t begin,
                                     std::uint64_t end) {
  return std::span<const std::int32_t>(line.ids).subspan(begin, end - begin);
}

// −log p of each target: [T] float32 on the CPU.
at::Tensor negative_log_likelihoods(const at::Tensor& logits, const Batch& batch) {
  const at::Tensor log_p = at::log_softmax(logits[0].to(at::kFloat), -1);
  return -at::gather(log_p, 1, batch.targets.unsqueeze(1)).squeeze(1).contiguous();
}

// Sums over the windows so far.
struct Sums {
  double loss = 0;
  std::uint64_t tokens = 0;
  std::int64_t windows = 0, unscored = 0;

  Evaluation evaluation() const {
    Evaluation result{.examples = windows, .unscored = unscored};
    const double mean = loss / static_cast<double>(std::max<std::uint64_t>(tokens, 1));
    result.metrics = {{"loss", mean, Better::Lower}, {"perplexity", std::exp(mean), Better::Lower}};
    return result;
  }
};

}  // namespace

LanguageTask::LanguageTask(std::array<tasks::TokenLine, 3> lines,
                           const LanguageTaskOptions& options)
    : options_(checked(options)), train_batches_(0, 1, options.seed) {
  for (std::size_t i = 0; i < parts_.size(); ++i) parts_[i].line = std::move(lines[i]);
  choose_blocks();
  for (Part& part : parts_)
    choose_windows(part, &part == &parts_[2] ? 0 : options_.evaluation_limit);
  train_batches_ = tasks::EpochBatches(
      blocks_.size(), static_cast<std::size_t>(options_.batch_size), options_.seed);
}

// Isolated documents of one token each predict nothing.
void LanguageTask::choose_blocks() {
  const tasks::TokenLine& line = part(Split::Train).line;
  const auto size = static_cast<std::uint64_t>(options_.block_size);
  for (std::uint64_t block = 0; block < line.blocks(size); ++block) {
    const std::vector<tasks::Piece> pieces = line.pieces({block * size, (block + 1) * size});
    const bool predicts =
        std::ranges::any_of(pieces, [](const tasks::Piece& piece) { return piece.size() > 1; });
    if (!options_.isolate || predicts) blocks_.push_back(block);
  }
  if (blocks_.empty() && !line.ids.empty())
    throw UsageError("the training part has " + std::to_string(line.ids.size()) +
                         " tokens, less than one block of " + std::to_string(size),
                     "--task.block-size", "Give a smaller one, or more text.");
}

// Of all windows, or of as many as the limit says, spread evenly.
void LanguageTask::choose_windows(Part& part, std::int64_t limit) const {
  const tasks::TokenLine& line = part.line;
  std::vector<tasks::Window> all;
  const auto add = [&](tasks::Piece piece) {
    for (tasks::Window window :
         tasks::strided_windows(piece.size(), static_cast<std::uint64_t>(options_.block_size),
                                static_cast<std::uint64_t>(options_.stride))) {
      window.begin += piece.begin;
      window.end += piece.begin;
      all.push_back(window);
    }
  };
  if (options_.isolate)
    for (std::size_t i = 0; i < line.documents(); ++i) add(line.document(i));
  else
    add({0, line.ids.size()});
  const std::size_t taken =
      limit > 0 ? std::min(all.size(), static_cast<std::size_t>(limit)) : all.size();
  for (std::size_t i = 0; i < taken; ++i) part.windows.push_back(all[i * all.size() / taken]);
  std::uint64_t scored = 0;
  for (std::size_t i = 0; i < taken; ++i) {
    if (scored > 0 && scored + part.windows[i].scored > scored_together) {
      part.batches.push_back(i);
      scored = 0;
    }
    scored += part.windows[i].scored;
  }
  if (taken > 0) part.batches.push_back(taken);
}

Batch LanguageTask::train_batch(std::uint64_t epoch, std::int64_t index) const {
  if (index < 0 || index >= batches_per_epoch())
    throw RunError("batch " + std::to_string(index) + " was asked for, there are " +
                       std::to_string(batches_per_epoch()),
                   "the task's data", "");
  const tasks::TokenLine& line = part(Split::Train).line;
  const auto size = static_cast<std::uint64_t>(options_.block_size);
  const std::span<const std::uint32_t> chosen = train_batches_.batch(epoch, index);
  LanguagePacking packing;
  for (const std::uint32_t i : chosen) {
    const tasks::Piece block{blocks_[i] * size, (blocks_[i] + 1) * size};
    const std::vector<tasks::Piece> pieces =
        options_.isolate ? line.pieces(block) : std::vector<tasks::Piece>{block};
    for (const tasks::Piece& piece : pieces)
      if (piece.size() > 1) packing.append(ids_of(line, piece.begin, piece.end), piece.size() - 1);
  }
  return packing.batch(chosen.size());
}

std::int64_t LanguageTask::evaluation_batches(Split split) const {
  return static_cast<std::int64_t>(part(split).batches.size()) - 1;
}

std::span<const tasks::Window> LanguageTask::windows_of(Split split, std::int64_t index) const {
  if (index < 0 || index >= evaluation_batches(split))
    throw RunError("batch " + std::to_string(index) + " was asked for, there are " +
                       std::to_string(evaluation_batches(split)),
                   "the task's data", "");
  const Part& of = part(split);
  const std::size_t first = of.batches[static_cast<std::size_t>(index)];
  return std::span(of.windows)
      .subspan(first, of.batches[static_cast<std::size_t>(index) + 1] - first);
}

Batch LanguageTask::evaluation_batch(Split split, std::int64_t index) const {
  LanguagePacking packing;
  const std::span<const tasks::Window> windows = windows_of(split, index);
  for (const tasks::Window& window : windows)
    packing.append(ids_of(part(split).line, window.begin, window.end), window.scored);
  return packing.batch(windows.size());
}

std::vector<MetricKind> LanguageTask::metrics() const {
  return {{"loss", Better::Lower}, {"perplexity", Better::Lower}};
}

// A batch's numbers are the sum of −log p of each of its windows, in two parts, since a float32
// alone would lose digits.
Evaluation LanguageTask::evaluate(const EvaluationPass& pass) const {
  const std::int64_t batches = evaluation_batches(pass.split);
  Sums sums;
  bool goes_on = true;
  ranks::Work work{.kind = ranks::Work::Kind::Evaluation,
                   .number = static_cast<std::uint64_t>(pass.split),
                   .items = static_cast<std::size_t>(batches)};
  work.compute = [&](std::size_t i, std::vector<float>& numbers) {
    const at::NoGradGuard no_grad;
    const auto index = static_cast<std::int64_t>(i);
    const Batch batch = evaluation_batch(pass.split, index);
    const BatchPlace place{"evaluation batch", i};
    check_batch(batch, place);
    const at::Tensor logits = pass.logits(batch);
    check_logits(logits, batch, 1, place);
    const at::Tensor losses = negative_log_likelihoods(logits, batch);
    const float* loss = losses.const_data_ptr<float>();
    for (const tasks::Window& window : windows_of(pass.split, index)) {
      double sum = 0;
      for (std::uint64_t token = 0; token < window.scored; ++token) sum += *loss++;
      const auto high = static_cast<float>(sum);
      numbers.push_back(high);
      numbers.push_back(static_cast<float>(sum - high));
    }
  };
  work.take = [&](std::size_t i, std::span<const float> numbers) {
    if (!goes_on) return;
    const auto index = static_cast<std::int64_t>(i);
    for (const tasks::Window& window : windows_of(pass.split, index)) {
      const double loss = double{numbers[0]} + numbers[1];
      numbers = numbers.subspan(2);
      sums.loss += loss;
      sums.tokens += window.scored;
      sums.unscored += !std::isfinite(loss);
      ++sums.windows;
    }
    goes_on = !pass.on_batch || pass.on_batch(index + 1, batches);
  };
  work.give_up = [&] { return !goes_on; };
  pass.processes.evaluate(work);
  return sums.evaluation();
}

std::string LanguageTask::identity() const {
  Sha256 digest;
  const auto add = [&](const auto& numbers) {
    digest.update(std::to_string(numbers.size()) + '\0');
    digest.update(
        {reinterpret_cast<const char*>(numbers.data()), std::as_bytes(std::span(numbers)).size()});
  };
  for (const Part& part : parts_) {
    add(part.line.ids);
    add(part.line.ends);
  }
  return digest.finish();
}

}  // namespace trainbus
