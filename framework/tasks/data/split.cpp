#include "tasks/data/split.hpp"

#include "core/io/error.hpp"

namespace trainbus::tasks {

std::uint64_t split_hash(std::string_view group) {
  std::uint64_t h = 14695981039346656037u;
  for (const char c : group) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211u;
  h = (h ^ (h >> 33)) * 0xFF51AFD7ED558CCDu;
  h = (h ^ (h >> 33)) * 0xC4CEB9FE1A85EC53u;
  return h ^ (h >> 33);
}

Part part_of(std::string_view group, double validation_fraction, double test_fraction) {
  const double u = static_cast<double>(split_hash(group) >> 11) * 0x1p-53;
  if (u < test_fraction) return Part::Test;
  return u >= 1 - validation_fraction ? Part::Validation : Part::Train;
}

double part_fraction(std::optional<double> asked, const std::filesystem::path& file,
                     const std::string& part) {
  const double fraction = asked.value_or(file.empty() ? 0.1 : 0.0);
  if (!(fraction >= 0 && fraction < 1))
    throw UsageError("found " + std::to_string(fraction) + ", expected a number from 0 to below 1",
                     part + "-fraction", "");
  if (fraction > 0 && !file.empty())
    throw UsageError("both " + part + "-fraction and " + part + "-data are given",
                     part + "-fraction", "Drop one of them.");
  return fraction;
}

}  // namespace trainbus::tasks
