#include "core/ranks/place.hpp"

#include <unistd.h>

#include <cstdlib>
#include <utility>

#include "core/io/crc32c.hpp"
#include "core/io/error.hpp"
#include "core/io/number_text.hpp"
#include "core/ranks/node_list.hpp"

namespace trainbus::ranks {
namespace {

constexpr std::int64_t most_ranks = 1'000'000;
constexpr std::uint16_t usual_port = 29500;  // torchrun's

// A launcher's variables.
struct Launcher {
  const char* name;
  const char *size, *rank, *local_size, *local_rank;
};
constexpr Launcher launchers[] = {
    {"torchrun", "WORLD_SIZE", "RANK", "LOCAL_WORLD_SIZE", "LOCAL_RANK"},
    {"Open MPI", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE",
     "OMPI_COMM_WORLD_LOCAL_RANK"},
    // A step's. SLURM_NTASKS and SLURM_PROCID are also set in a batch script, which is one process.
    {"Slurm", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "SLURM_STEP_TASKS_PER_NODE", "SLURM_LOCALID"},
    {"MPICH", "PMI_SIZE", "PMI_RANK", "MPI_LOCALNRANKS", "MPI_LOCALRANKID"},
};

class Reader {
 public:
  explicit Reader(const Environment& environment) : environment_(environment) {}

  std::string text(const char* name) const {
    const char* value = environment_(name);
    return value ? value : "";
  }
  bool has(const char* name) const { return !text(name).empty(); }
  std::string remove(const char* name) const {
    return std::string("Remove it: env -u ") + name + " trainbus …";
  }
  std::optional<std::int64_t> number(const char* name, std::int64_t least,
                                     std::int64_t most) const {
    const std::string value = text(name);
    if (value.empty()) return std::nullopt;
    const auto found = number_from<std::int64_t>(value);
    if (!found || *found < least || *found > most)
      throw UsageError("found '" + value + "', expected a number from " + std::to_string(least) +
                           " to " + std::to_string(most),
                       name, remove(name));
    return found;
  }

 private:
  const Environment& environment_;
};

// What one launcher says; size 1: nothing.
struct Said {
  const Launcher* launcher = nullptr;
  std::int64_t rank = 0, size = 1;
  std::string names() const {
    return std::string(launcher->name) + " (" + launcher->rank + ", " + launcher->size + ")";
  }
};

bool is_slurm(const Launcher& launcher) { return std::string_view(launcher.name) == "Slurm"; }

std::vector<Said> said_by_launchers(const Reader& in, std::vector<std::string>& notes) {
  std::vector<Said> all;
  for (const Launcher& launcher : launchers) {
    const auto size = in.number(launcher.size, 1, most_ranks);
    const auto rank = in.number(launcher.rank, 0, most_ranks);
    if (!size) {
      if (rank && *rank > 0 && !is_slurm(launcher))
        notes.push_back(std::string(launcher.rank) + "=" + std::to_string(*rank) +
                        " in the environment is ignored, since there is no " + launcher.size);
      continue;
    }
    if (*size == 1) continue;
    if (!rank)
      throw UsageError(
          std::string("is ") + std::to_string(*size) + ", and there is no " + launcher.rank +
              ", so this process does not know which of them it is",
          launcher.size,
          "Start it by the launcher, give --rank, or if it is a run of one process: env "
          "-u " +
              std::string(launcher.size) + " trainbus …");
    if (*rank >= *size)
      throw UsageError("is " + std::to_string(*rank) + ", expected less than " + launcher.size +
                           ", which is " + std::to_string(*size),
                       launcher.rank, in.remove(launcher.rank));
    all.push_back({&launcher, *rank, *size});
  }
  return all;
}

// The innermost launcher counts: torchrun or mpirun within a job of Slurm. torchrun's names without
// torchrun, left over in a shell or set by hand, have to agree with whatever started the process.
Said chosen(const std::vector<Said>& all, const Reader& in) {
  if (all.empty()) return {};
  const bool by_hand = all.front().launcher == launchers && !in.has("TORCHELASTIC_RUN_ID");
  if (!by_hand) return all.front();
  for (const Said& other : all)
    if (other.size != all.front().size || other.rank != all.front().rank)
      throw UsageError(
          all.front().names() + " say that this is rank " + std::to_string(all.front().rank) +
              " of " + std::to_string(all.front().size) + ", " + other.names() +
              " say that it is rank " + std::to_string(other.rank) + " of " +
              std::to_string(other.size),
          "the environment",
          "Remove what is left over: env -u " + std::string(all.front().launcher->size) + " -u " +
              all.front().launcher->rank +
              " trainbus …, or give --rank, "
              "--ranks and --leader.");
  return all.front();
}

// "2(x3),1" tasks per node: the first number. Only one machine's count is needed.
std::optional<std::int64_t> first_number(const std::string& text) {
  return number_from<std::int64_t>(std::string_view(text).substr(0, text.find_first_of("(,")));
}

// Not among the ports that systems hand out themselves (32768 and up).
std::uint16_t port_from(const std::string& name) {
  return static_cast<std::uint16_t>(10000 + crc32c(0, name) % 20000);
}

// A name that all processes of a job have in common and other jobs do not have.
std::string job_name(const Said& said, const Reader& in) {
  if (said.launcher && is_slurm(*said.launcher))
    return "slurm-" + in.text("SLURM_JOB_ID") + "." + in.text("SLURM_STEP_ID") + "-" +
           in.text("SLURM_RESTART_COUNT");
  for (const char* name : {"TORCHELASTIC_RUN_ID", "PMIX_NAMESPACE", "OMPI_MCA_ess_base_jobid"})
    if (in.has(name)) return in.text(name) + "-" + in.text("TORCHELASTIC_RESTART_COUNT");
  return {};
}

bool is_one_machine(const Said& said, const Reader& in) {
  if (is_slurm(*said.launcher)) {
    const char* nodes = in.has("SLURM_STEP_NUM_NODES") ? "SLURM_STEP_NUM_NODES" : "SLURM_NNODES";
    return in.text(nodes) == "1";
  }
  return in.text(said.launcher->local_size) == std::to_string(said.size);
}

void take_address(const AskedPlace& asked, const Said& said, const Reader& in, Place& place) {
  if (!asked.leader.empty()) {
    const auto address = parse_address(asked.leader);
    if (!address)
      throw UsageError(
          "found '" + asked.leader + "', expected HOST:PORT", "--leader",
          "Give an address of rank 0's machine and a free port there: --leader node1:29500");
    place.host = address->host;
    place.port = address->port;
    return;
  }
  const std::string job = job_name(said, in);
  const auto port = in.number("MASTER_PORT", 1, 65535);
  if (in.has("MASTER_ADDR")) {
    place.host = in.text("MASTER_ADDR");
    place.port = static_cast<std::uint16_t>(port.value_or(usual_port));
    place.has_store = in.text("TORCHELASTIC_USE_AGENT_STORE") == "True";
    return;
  }
  if (said.launcher && is_one_machine(said, in)) {
    place.host = "127.0.0.1";
    place.port = port ? static_cast<std::uint16_t>(*port)
                      : port_from(job.empty() ? std::to_string(getppid()) : job);
    return;
  }
  if (said.launcher && is_slurm(*said.launcher)) {
    const char* list = in.has("SLURM_STEP_NODELIST") ? "SLURM_STEP_NODELIST" : "SLURM_JOB_NODELIST";
    place.host = first_host(in.text(list));
    place.port = port ? static_cast<std::uint16_t>(*port) : port_from(job);
    if (!place.host.empty()) return;
  }
  throw UsageError("this is rank " + std::to_string(place.rank) + " of " +
                       std::to_string(place.size) +
                       (place.launcher.empty() ? "" : " by " + place.launcher) +
                       ", and nothing says where rank 0 can be reached",
                   "--leader",
                   "Give --leader HOST:PORT, or MASTER_ADDR and MASTER_PORT in the environment "
                   "(mpirun -x MASTER_ADDR=HOST -x MASTER_PORT=29500); if it is a run of one "
                   "process: --ranks 1.");
}

}  // namespace

Environment process_environment() {
  return [](const char* name) -> const char* { return std::getenv(name); };
}

std::optional<Address> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const auto port = number_from<std::uint16_t>(text.substr(colon + 1));
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  else if (host.find(':') != std::string_view::npos)
    return std::nullopt;
  if (host.empty() || !port || *port == 0) return std::nullopt;
  return Address{std::string(host), *port};
}

Place place_of(const AskedPlace& asked, const Environment& environment) {
  const Reader in(environment);
  Place place;
  if (asked.ranks == 1) return place;  // one process, whatever the environment says
  Said said;
  if (!asked.ranks || !asked.rank) said = chosen(said_by_launchers(in, place.notes), in);
  place.rank = said.rank;
  place.size = said.size;
  if (said.launcher) place.launcher = said.names();
  if (asked.ranks) place.size = *asked.ranks;
  if (asked.rank)
    place.rank = *asked.rank;
  else if (asked.ranks && !said.launcher) {
    const auto rank = in.number("RANK", 0, most_ranks);
    if (!rank)
      throw UsageError(
          "is " + std::to_string(*asked.ranks) + ", and nothing says which of them this process is",
          "--ranks", "Give --rank 0 to the one that leads, --rank 1 to the next, and so on.");
    place.rank = *rank;
    place.notes.clear();
    place.launcher = "RANK";
  }
  if (place.size == 1 && asked.rank && *asked.rank > 0)
    throw UsageError("is " + std::to_string(*asked.rank) + ", and the run has one process",
                     "--rank", "Give --ranks too, the number of processes.");
  if (place.rank >= place.size)
    throw UsageError("is " + std::to_string(place.rank) +
                         ", expected less than --ranks, which is " + std::to_string(place.size),
                     "--rank", "Ranks count from 0.");
  if (place.is_alone()) return place;
  take_address(asked, said, in, place);
  place.token = !asked.token.empty() ? asked.token : job_name(said, in);
  if (said.launcher) {
    const auto local = in.number(said.launcher->local_rank, 0, most_ranks);
    place.local_rank = local.value_or(place.rank);
    place.local_size = first_number(in.text(said.launcher->local_size)).value_or(1);
  }
  return place;
}

}  // namespace trainbus::ranks
