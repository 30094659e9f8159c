// MeZO steps on a device, compared with the published trainer's sequence of operations in plain
// LibTorch on the same device, with the same random model and tokens, alternating; also the parts
// of a step, and AdamW's step.
//
//   device_bench [--device cuda|cpu] [--model NAME,…] [--tokens N,…] [--rounds N] [--json FILE]
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/ones.h>
#include <c10/core/CachingDeviceAllocator.h>

#include <algorithm>
#include <exception>
#include <optional>

#include "core/io/error.hpp"
#include "device/backend_module.hpp"
#include "device_models.hpp"
#include "device_options.hpp"
#include "device_runs.hpp"
#include "published_adamw.hpp"
#include "published_mezo.hpp"
#include "rounds.hpp"
#include "support/host_backend.hpp"
#include "support/smollm2.hpp"

using namespace trainbus;

namespace {

// Memory that LibTorch keeps for later, of devices other than the CPU.
void release_cache(at::Device device) {
  if (device.is_cpu()) return;
  c10::getDeviceAllocator(device.type())->emptyCache();
  c10::getDeviceAllocator(device.type())->resetPeakStats(device.index());
}

double most_reserved_gib(at::Device device) {
  const auto stats = c10::getDeviceAllocator(device.type())->getDeviceStats(device.index());
  return static_cast<double>(stats.reserved_bytes[0].peak) / (1 << 30);
}

void measure_product(device::Backend& backend, int rounds, bench::Results& results) {
  const std::int64_t n = backend.device().is_cpu() ? 64 : 8192;
  const auto options = at::TensorOptions().dtype(at::kBFloat16).device(backend.device());
  const at::Tensor a = at::ones({n, n}, options), b = at::ones({n, n}, options);
  at::Tensor c = at::empty({n, n}, options);
  bench::Rounds measured;
  measured.add("product",
               [&] { return bench::timed(backend, 4, [&] { at::mm_out(c, a, b.t()); }); });
  measured.run(rounds);
  const std::string side = std::to_string(n);
  results.add("LibTorch's bf16 product of " + side + " x " + side + " x " + side,
              2.0 * static_cast<double>(n * n * n) * 1e-12 / measured.median_s("product"),
              "TFLOP/s");
}

// Everything of one model.
class Comparison {
 public:
  Comparison(bench::DeviceModel subject, device::Backend& backend, bench::Results& results)
      : name_(std::move(subject.name)),
        model_(std::move(subject.model)),
        backend_(backend),
        results_(results),
        ours_(*model_, subject.weights, backend) {
    // A larger one copies at the same rate.
    const std::int64_t copied = std::min<std::int64_t>(parameter_bytes(), std::int64_t{2} << 30);
    const auto bytes = at::TensorOptions().dtype(at::kByte).device(backend.device());
    copied_from_ = at::empty({copied}, bytes);
    copied_to_ = at::empty({copied}, bytes);
    for (const Parameter& p : model_->parameters()) published_.decays.push_back(p.decays);
    // Gradients and moments of larger models do not fit in memory.
    if (parameter_bytes() < std::int64_t{4} << 30) adamw_.emplace(subject.weights, nullptr);
    published_.parameters = std::move(subject.weights);
    results_.add(name_ + ": parameters",
                 static_cast<double>(model_->parameters().element_count()) * 1e-6, "million");
  }

  void run(std::int64_t tokens, int rounds) {
    const std::string of = name_ + ", " + std::to_string(tokens) + " tokens: ";
    take(tokens);
    results_.add(of + "loss", ours_.loss(), "");
    results_.add(of + "published loss", published_.forward(), "");
    bench::Rounds measured;
    measured.add(
        "copy", [&] { return bench::timed(backend_, 8, [&] { copied_to_.copy_(copied_from_); }); });
    measured.add("two published forwards", [&] {
      return bench::timed(backend_, 2, [&] {
        published_.forward();
        published_.forward();
      });
    });
    measured.add("published step",
                 [&] { return bench::timed(backend_, 2, [&] { published_.step(++seed_); }); });
    measured.add("two forwards", [&] { return ours_.two_forwards_s(steps_a_round); });
    measured.add("step", [&] { return ours_.step_s(steps_a_round); });
    measured.add("update", [&] { return ours_.update_s(steps_a_round); });
    if (adamw_)
      measured.add("AdamW step",
                   [&] { return bench::timed(backend_, 2, [&] { adamw_->step(); }); });
    measured.run(rounds);
    report(measured, of);
  }

 private:
  static constexpr int steps_a_round = 10;

  std::int64_t parameter_bytes() const { return model_->parameters().bytes(); }

  // The batch of all that follows.
  void take(std::int64_t tokens) {
    const ModelConfig& config = model_->config();
    const bench::DeviceBatch batch =
        bench::make_device_batch(config, bench::sequences, tokens / bench::sequences, backend_);
    const auto loss_of =
        config.model_type == "opt" ? bench::published_opt_loss : bench::published_llama_loss;
    published_.loss = [padded = batch.published, device = backend_.device(), &config,
                       loss_of](const std::vector<at::Tensor>& weights) {
      return loss_of(weights, config, bench::uploaded(padded, device));
    };
    if (adamw_) adamw_->set_loss(published_.loss);
    ours_.take(batch.ours);
  }

  void report(const bench::Rounds& measured, const std::string& of) {
    const auto add_ms = [&](const std::string& what) {
      results_.add(of + what, measured.median_s(what) * 1e3, "ms");
    };
    const auto add_ratio = [&](const std::string& what, const std::string& above,
                               const std::string& below) {
      results_.add(of + what, measured.ratio(above, below), "");
    };
    const double copied = static_cast<double>(copied_from_.numel());
    results_.add(of + "copy", 2 * copied * 1e-9 / measured.median_s("copy"), "GB/s");
    add_ms("two published forwards");
    add_ms("published step");
    add_ratio("  over its two forwards", "published step", "two published forwards");
    add_ms("two forwards");
    add_ms("step");
    add_ratio("  over two forwards", "step", "two forwards");
    add_ratio("  published step over it", "published step", "step");
    add_ms("update");
    results_.add(
        of + "  of the copy's bandwidth",
        100 * measured.ratio("copy", "update") * static_cast<double>(parameter_bytes()) / copied,
        "%");
    static const char* const asked[] = {"runs", "recordings", "copies", "waits"};
    for (std::size_t i = 0; i < ours_.per_step().size(); ++i)
      results_.add(of + asked[i] + " a step", ours_.per_step()[i], "");
    if (adamw_) {
      add_ms("AdamW step");
      add_ratio("  over MeZO's step", "AdamW step", "step");
    }
    if (!backend_.device().is_cpu())
      results_.add(of + "device memory at most", most_reserved_gib(backend_.device()), "GiB");
  }

  const std::string name_;
  const std::unique_ptr<PretrainedModel> model_;
  device::Backend& backend_;
  bench::Results& results_;
  bench::DeviceRuns ours_;
  bench::PublishedMezo published_;
  std::optional<bench::PublishedAdamw> adamw_;
  at::Tensor copied_from_, copied_to_;
  std::uint64_t seed_ = 0;
};

// Created for each model, so that nothing of the previous one is left, and before everything else:
// LibTorch lists the devices only once.
std::unique_ptr<device::Backend> make_backend(const std::string& name) {
  if (name == "cpu") return std::make_unique<testing::HostBackend>(true, at::kCPU);
  return device::make_backend(name);
}

void compare(const std::string& model, const bench::DeviceOptions& asked, bench::Results& results) {
  const std::unique_ptr<device::Backend> backend = make_backend(asked.device);
  {
    Comparison comparison(bench::make_device_model(model, backend->device()), *backend, results);
    for (const std::int64_t tokens : asked.tokens) comparison.run(tokens, asked.rounds);
  }
  release_cache(backend->device());
}

// The requested ones, else all available ones.
std::vector<std::string> models_of(const bench::DeviceOptions& asked) {
  if (!asked.models.empty()) return asked.models;
  if (asked.device == "cpu") return {"tiny"};
  std::vector<std::string> models = {"125m", "1.3b", "13b"};
  try {
    testing::smollm2();
    models.push_back("smollm2");
  } catch (const std::exception& error) {
    std::fprintf(stderr, "SmolLM2-135M is left out. %s\n", error.what());
  }
  return models;
}

int run(int argc, char** argv) {
  const bench::DeviceOptions asked =
      bench::parse_device_options({argv + 1, static_cast<std::size_t>(argc - 1)});
  if (asked.help) return std::fputs(bench::device_usage, stdout), 0;
  const at::NoGradGuard no_grad;
  const std::unique_ptr<device::Backend> backend = make_backend(asked.device);
  std::printf("%s\n", backend->description().c_str());
  std::fflush(stdout);
  bench::Results results(argc, argv);
  measure_product(*backend, asked.rounds, results);
  release_cache(backend->device());
  for (const std::string& model : models_of(asked)) compare(model, asked, results);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const UsageError& error) {
    return std::fprintf(stderr, "device_bench: %s\n", error.what()), 2;
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "device_bench: %s\n", error.what()), 1;
  }
}
