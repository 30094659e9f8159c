#include "tasks/text_classification/text_batches.hpp"

#include "tasks/packing.hpp"

namespace trainbus {

Batch TextTask::make(const Examples& examples, std::span<const std::uint32_t> chosen) const {
  Packing packing;
  for (const std::uint32_t i : chosen) {
    packing.append(examples.tokens.prompt(i));
    packing.end_sequence();
    packing.targets.push_back(examples.labels[i]);
  }
  return packing.batch();
}

}  // namespace trainbus
