// NaN and infinity in a model's stored numbers. Internal to parameter_files.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <string>

#include "kernels/storage.hpp"

namespace trainbus {

// Whether there are any; of formats with a residual in what forward passes read.
bool any_nonfinite(const kernels::ConstStored& numbers, std::int64_t count);

// What was found in a parameter, by several threads.
class NonFinite {
 public:
  // Of rows that begin with row `first`. converted: they became so by their new type.
  void look(const kernels::ConstStored& numbers, std::int64_t first, std::int64_t rows,
            std::int64_t columns, bool converted);
  // Throws UsageError if there are any. format: of the parameter.
  void check(const std::string& name, const std::filesystem::path& file,
             kernels::Format format) const;

 private:
  void add(std::int64_t count, std::int64_t row, bool converted);

  std::mutex mutex_;
  std::int64_t count_ = 0, row_ = 0;
  bool converted_ = false;
};

}  // namespace trainbus
