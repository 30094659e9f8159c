#include "environment.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "core/io/error.hpp"
#include "core/io/number_text.hpp"

namespace trainbus::cli {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// A launcher's variables for the number of processes and for this one's rank.
struct Launcher {
  const char *world, *rank;
};
constexpr Launcher launchers[] = {{"WORLD_SIZE", "RANK"},  // torchrun, accelerate, DeepSpeed
                                  {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},  // Open MPI
                                  {"PMI_SIZE", "PMI_RANK"},  // MPICH, Intel MPI
                                  {"PMIX_SIZE", "PMIX_RANK"},
                                  {"SLURM_STEP_NUM_TASKS", "SLURM_PROCID"},  // srun
                                  {"SLURM_NTASKS", "SLURM_PROCID"}};

void check_world(const Launcher& launcher, const std::string& world) {
  const auto size = number_from<std::int64_t>(world);
  if (!size || *size < 1)
    throw UsageError("found '" + world + "', expected a number of processes", launcher.world,
                     "Remove it: env -u " + std::string(launcher.world) + " trainbus …");
  if (*size > 1)
    throw UsageError(
        "this process is one of " + std::to_string(*size) + ", and a run has one process",
        launcher.world,
        "Start a single one (srun --ntasks=1, mpirun -n 1), or if it is: env -u " +
            std::string(launcher.world) + " trainbus …");
}

bool is_zero(const std::string& rank) {
  return !rank.empty() && rank.find_first_not_of('0') == std::string::npos;
}

}  // namespace

std::vector<std::string> check_single_process() {
  std::vector<std::string> notes;
  for (const Launcher& launcher : launchers) {
    // Within an allocation of several tasks srun may start one: then the step's number counts.
    const bool is_allocation = std::string(launcher.world) == "SLURM_NTASKS";
    if (is_allocation && !variable("SLURM_STEP_NUM_TASKS").empty()) continue;
    const std::string world = variable(launcher.world), rank = variable(launcher.rank);
    if (is_allocation && rank.empty()) continue;  // a shell in an allocation
    if (!world.empty())
      check_world(launcher, world);
    else if (std::string(launcher.rank) == "SLURM_PROCID")
      continue;
    if (!rank.empty() && !is_zero(rank))
      notes.push_back(std::string(launcher.rank) + "=" + rank +
                      " in the environment is ignored: a run has one process");
  }
  return notes;
}

void fill_closed_descriptors() {
  for (int fd = 0; fd <= 2; ++fd)
    if (::fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
      // The lowest free number is this one. It must not be closed again.
      [[maybe_unused]] const int opened = ::open("/dev/null", O_RDONLY);
    }
}

void check_current_folder() {
  std::error_code error;
  [[maybe_unused]] const auto folder = std::filesystem::current_path(error);
  if (error)
    throw UsageError("cannot be used (" + error.message() + ")", "the current folder",
                     "Change to one that exists, as by: cd ~");
}

bool output_has_no_reader() {
  const int flags = ::fcntl(1, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) return true;
  pollfd output{1, POLLOUT, 0};
  return ::poll(&output, 1, 0) > 0 && (output.revents & (POLLERR | POLLHUP | POLLNVAL)) != 0;
}

}  // namespace trainbus::cli
