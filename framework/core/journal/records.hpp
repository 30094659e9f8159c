// The records of a journal: one for everything that a run cannot compute once more. README.md in
// this folder describes the bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace trainbus::journal {

// The format that this build writes; it reads every journal of this major version.
constexpr std::uint16_t major_version = 1, minor_version = 1;

constexpr std::uint64_t max_bytes = std::uint64_t{4} << 30;  // of a journal

// Always the first record.
struct Header {
  std::uint16_t major = major_version, minor = minor_version;
  std::string text;  // JSON: everything that replay depends on; opaque to the journal
  bool operator==(const Header&) const = default;
};

// A process began or resumed the run.
struct Attempt {
  std::uint32_t number = 1;        // 1, 2, …
  std::uint64_t resumed_step = 0;  // records before this one that are of later steps are void
  std::int64_t unix_ns = 0;
  std::string text;  // JSON: build, processor, threads, changed options; opaque to the journal
  bool operator==(const Attempt&) const = default;
};

struct Step {
  std::uint64_t step = 0;  // from 1; less than 2³², which the addressing of z requires
  std::uint32_t epoch = 0;
  std::int64_t unix_ns = 0;  // when it was done
  std::uint64_t duration_ns = 0;
  double lr = 0;
  bool skipped = false;               // its losses were not finite: nothing was updated
  std::vector<std::uint32_t> tokens;  // of each micro-batch
  std::vector<float> losses;          // of every forward pass, in order
  // Means over the window, for each direction of its sides, + before −; empty for a window of one
  // micro-batch, whose means are the losses.
  // Where every example has a direction, those of each micro-batch's examples at + and at −.
  std::vector<double> means;
  std::vector<float> coefficients;  // of each direction: θ ← … − coefficient·z
  float decay = 0;             // learning rate × weight decay: θ ← (1 − decay)·θ − …
  std::optional<double> norm;  // of the gradient, for optimizers that have one
  bool operator==(const Step&) const = default;
};

enum class Split : std::uint8_t { Validation = 0, Test = 1 };

struct Evaluation {
  std::uint64_t step = 0;
  Split split = Split::Validation;
  struct Metric {
    std::string name;  // without the split: "loss"
    double value = 0;
    bool operator==(const Metric&) const = default;
  };
  std::vector<Metric> metrics;  // in the order of the task
  std::uint64_t examples = 0;
  std::int64_t unix_ns = 0;  // when it was done
  std::uint64_t duration_ns = 0;
  bool operator==(const Evaluation&) const = default;
};

// A checkpoint is complete.
struct Save {
  std::uint64_t step = 0;
  std::int64_t unix_ns = 0;
  std::string path;
  bool operator==(const Save&) const = default;
};

// The SHA-256 of the parameters after a step.
struct Hash {
  std::uint64_t step = 0;
  std::array<std::uint8_t, 32> sha256 = {};
  bool operator==(const Hash&) const = default;
};

// A request of a control observer that was applied.
struct Request {
  std::uint64_t step = 0;
  std::string author, what, reason;
  bool operator==(const Request&) const = default;
};

// An attempt ended in order. Another may follow.
struct End {
  std::uint64_t step = 0;
  std::int64_t unix_ns = 0;
  std::string kind, reason;
  bool operator==(const End&) const = default;
};

using Record = std::variant<Attempt, Step, Evaluation, Save, Hash, Request, End>;

}  // namespace trainbus::journal
