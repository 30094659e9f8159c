// What a journal holds: one record for everything that a run cannot compute again. The bytes are
// described in README.md beside this file.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace trainbus::journal {

// The format that this build writes; it reads all of this major version.
constexpr std::uint16_t major_version = 1, minor_version = 1;

constexpr std::uint64_t max_bytes = std::uint64_t{4} << 30;  // of a journal

// Always the first record.
struct Header {
  std::uint16_t major = major_version, minor = minor_version;
  std::string text;  // JSON: all that replaying the steps depends on; opaque to the journal
  bool operator==(const Header&) const = default;
};

// A process took up the run.
struct Attempt {
  std::uint32_t number = 1;        // 1, 2, …
  std::uint64_t resumed_step = 0;  // later steps that stand before this record are void
  std::int64_t unix_ns = 0;
  std::string text;  // JSON: build, processor, threads, changed options; opaque to the journal
  bool operator==(const Attempt&) const = default;
};

struct Step {
  std::uint64_t step = 0;  // the first is 1; below 2³², as the addressing of z has it
  std::uint32_t epoch = 0;
  std::int64_t unix_ns = 0;  // when it was done
  std::uint64_t duration_ns = 0;
  double lr = 0;
  bool skipped = false;               // its losses were not finite: nothing was updated
  std::vector<std::uint32_t> tokens;  // of each micro-batch
  std::vector<float> losses;          // of every forward, in order
  std::vector<double> means;          // over the window, each direction's + then −; empty if one
                                      // micro-batch, where they are the losses
  std::vector<float> coefficients;    // θ ← … − coefficient·z, of each direction
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

// A control observer asked for something, and it was done.
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
