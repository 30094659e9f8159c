// This process's place among the processes of a run, as options or a launcher's environment say it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/export.hpp"

namespace trainbus::ranks {

struct Place {
  std::int64_t rank = 0, size = 1;              // of the run's processes; rank 0 leads
  std::int64_t local_rank = 0, local_size = 1;  // among those of this machine
  std::string host;  // where the leader can be reached; empty: one process
  std::uint16_t port = 0;
  // Whether the launcher runs the store at host:port (torchrun does); else the leader does.
  bool has_store = false;
  // Runs and attempts that could meet at one address have different tokens. No secret.
  std::string token;
  std::string launcher;            // for people: "torchrun (RANK, WORLD_SIZE)"
  std::vector<std::string> notes;  // sentences for the log

  bool leads() const { return rank == 0; }
  bool is_alone() const { return size == 1; }
};

// What options say; what they leave out is taken from the environment.
struct AskedPlace {
  std::optional<std::int64_t> rank, ranks;
  std::string leader;  // HOST:PORT, or empty
  std::string token;
};

// The value of an environment variable, or null.
using Environment = std::function<const char*(const char* name)>;
Environment TRAINBUS_EXPORT process_environment();

// Understands torchrun (and what sets the same variables), Slurm's srun, Open MPI's and MPICH's
// mpirun. Throws UsageError for contradictions, and where there is no leader's address.
TRAINBUS_EXPORT Place place_of(const AskedPlace& asked, const Environment& environment);

// HOST:PORT, [IPV6]:PORT, or none.
struct Address {
  std::string host;
  std::uint16_t port = 0;
};
TRAINBUS_EXPORT std::optional<Address> parse_address(std::string_view text);
TRAINBUS_EXPORT std::string address_text(const std::string& host, std::uint16_t port);

}  // namespace trainbus::ranks
