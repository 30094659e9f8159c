// DeBERTa's relative positions: which row of the relative embedding a distance between two tokens
// has (arXiv 2006.03654, equation 3; with logarithmic buckets since version 2).
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <utility>

#include "core/export.hpp"

namespace trainbus {

struct RelativePositions {
  std::int64_t span = 0;      // the embedding has 2·span rows
  std::int64_t buckets = 0;   // of near distances, the others' grow with their logarithm; 0: none
  std::int64_t farthest = 0;  // the distance at which the last bucket begins
};

// Distances are the query's position minus the key's. A table for texts of up to `length` tokens.
class TRAINBUS_EXPORT RelativeTable {
 public:
  explicit RelativeTable(const RelativePositions& positions, std::int64_t length);

  // The rows of the embedding that the texts' distances have: [R] int64, neighbours, ascending.
  const at::Tensor& rows() const { return rows_; }
  // Which of those rows a distance has: of −(length − 1) … length − 1, [2·length − 1] int64.
  const at::Tensor& by_distance() const { return by_distance_; }
  // Of each pair of a query and a key of a text: [tokens, tokens] int64; tokens ≤ length.
  at::Tensor by_pair(std::int64_t tokens) const;

  RelativeTable to(at::Device device) const;

 private:
  std::int64_t length_;
  at::Tensor rows_, by_distance_;
};

// Tables by length and memory, made when they are first asked for. One thread.
class RelativeTables {
 public:
  explicit RelativeTables(const RelativePositions& positions) : positions_(positions) {}
  const RelativeTable& of(std::int64_t length, at::Device device) const;

 private:
  RelativePositions positions_;
  mutable std::map<std::pair<std::int64_t, bool>, RelativeTable> tables_;
};

}  // namespace trainbus
