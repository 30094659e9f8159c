// Journals for tests: every kind of record, in memory.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "core/io/crc32c.hpp"
#include "core/journal/reader.hpp"
#include "core/journal/writer.hpp"
#include "support/faulty_file_system.hpp"

namespace trainbus::testing {

const std::string journal_path = "/run/journal";

inline journal::Header sample_header() { return {.text = R"({"run": "a", "seed": 7})"}; }

// A step of m micro-batches and n directions, as MeZO has it.
inline journal::Step sample_step(std::uint64_t number, std::uint32_t m = 1, std::uint32_t n = 1) {
  journal::Step step{.step = number,
                     .epoch = 3,
                     .unix_ns = 1'790'000'000'123'456'789,
                     .duration_ns = 301'234'567,
                     .lr = 1e-6 / static_cast<double>(number),
                     .decay = 1e-9f};
  for (std::uint32_t i = 0; i < m; ++i) step.tokens.push_back(500 + i);
  for (std::uint32_t i = 0; i < 2 * m * n; ++i)
    step.losses.push_back(0.7f - 0.001f * static_cast<float>(number + i));
  if (m > 1)
    for (std::uint32_t i = 0; i < 2 * n; ++i) step.means.push_back(1.0 / (3.0 + i));
  for (std::uint32_t i = 0; i < n; ++i)
    step.coefficients.push_back(-1e-5f * static_cast<float>(i + 1));
  return step;
}

// A first-order step: one forward a micro-batch, a gradient, no direction.
inline journal::Step gradient_step(std::uint64_t number) {
  journal::Step step = sample_step(number, 2, 1);
  step.losses.resize(2);
  step.means.resize(1);
  step.coefficients.clear();
  step.norm = 1.25;
  return step;
}

// A step whose losses were no numbers.
inline journal::Step skipped_step(std::uint64_t number) {
  journal::Step step = sample_step(number);
  step.losses = {std::numeric_limits<float>::infinity(), -0.0f};
  step.coefficients = {0};
  step.skipped = true;
  return step;
}

// Every kind of record, in two attempts: steps 1 to 6, back to 4, then 5 and 6.
inline std::vector<journal::Record> sample_records() {
  using namespace journal;
  Hash hash{.step = 3};
  for (std::size_t i = 0; i < hash.sha256.size(); ++i)
    hash.sha256[i] = static_cast<std::uint8_t>(i * 7);
  return {
      Attempt{.number = 1, .unix_ns = 10, .text = "{}"},
      sample_step(1),
      sample_step(2, 4, 3),
      skipped_step(3),
      hash,
      gradient_step(4),
      Evaluation{4, Split::Test, {{"loss", 0.25}, {"accuracy", 0.875}}, 872, 11, 12},
      Save{4, 13, "checkpoints/step-4"},
      sample_step(5),
      sample_step(6),
      Evaluation{
          6, Split::Validation, {{"f1", 0.5}, {"loss", 0.75}, {"\xce\xb1", 1e300}}, 32, 14, 15},
      Request{6, "early-stopping", "stop", "no better loss since step 2 – \xc3\xa9"},
      End{6, 16, "stopped", ""},
      Attempt{.number = 2, .resumed_step = 4, .unix_ns = 17, .text = R"({"threads": 2})"},
      sample_step(5, 2, 1),
      sample_step(6, 2, 1),
      End{6, 18, "completed", "all steps done"},
  };
}

inline void write_journal(FileSystem& files, const std::vector<journal::Record>& records) {
  journal::Writer writer(files, journal_path, sample_header(), journal::Writer::Sync::OnFlush);
  for (const journal::Record& record : records) writer.append(record);
}

// The bytes of a journal of these records.
inline std::string journal_bytes(const std::vector<journal::Record>& records) {
  FaultyFileSystem disk;
  write_journal(disk.files(), records);
  return *disk.content(journal_path);
}

// A frame of this kind with a good checksum, whatever the payload.
inline std::string framed(char kind, const std::string& payload) {
  const auto length = static_cast<std::uint32_t>(payload.size());
  const std::uint32_t crc = std::rotr(crc32c(0, kind + payload), 15) + 0xa282ead8u;
  std::string frame(8, '\0');
  std::memcpy(frame.data(), &length, sizeof length);
  std::memcpy(frame.data() + 4, &crc, sizeof crc);
  return frame + kind + payload;
}

// What the reader says of these bytes; throws what it throws.
inline journal::Contents read_bytes(const std::string& bytes) {
  FaultyFileSystem disk;
  disk.files().replace(journal_path, bytes);
  return journal::read(disk.files(), journal_path);
}

}  // namespace trainbus::testing
