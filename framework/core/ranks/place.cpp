#include "core/ranks/place.hpp"

#include <unistd.h>

#include <algorithm>
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

// A launcher's variables, the innermost one first: mpirun within a job of Slurm starts its own
// processes by a step of Slurm, whose variables they inherit.
struct Launcher {
  const char* name;
  const char *size, *rank, *local_size, *local_rank;
};
constexpr Launcher torchrun = {"torchrun", "WORLD_SIZE", "RANK", "LOCAL_WORLD_SIZE", "LOCAL_RANK"};
constexpr Launcher open_mpi = {"Open MPI", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK",
                               "OMPI_COMM_WORLD_LOCAL_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK"};
constexpr Launcher mpich = {"MPICH", "PMI_SIZE", "PMI_RANK", "MPI_LOCALNRANKS", "MPI_LOCALRANKID"};
// A step's. SLURM_NTASKS and SLURM_PROCID are also set in a batch script, which is one process.
constexpr Launcher slurm = {"Slurm", "SLURM_STEP_NUM_TASKS", "SLURM_PROCID",
                            "SLURM_STEP_TASKS_PER_NODE", "SLURM_LOCALID"};
constexpr const Launcher* launchers[] = {&torchrun, &open_mpi, &mpich, &slurm};

class Reader {
 public:
  explicit Reader(const Environment& environment) : environment_(environment) {}

  std::string text(const char* name) const {
    const char* value = environment_(name);
    return value ? value : "";
  }
  bool has(const char* name) const { return !text(name).empty(); }
  std::optional<std::int64_t> number(const char* name, std::int64_t least, std::int64_t most,
                                     const std::string& remedy) const {
    const std::string value = text(name);
    if (value.empty()) return std::nullopt;
    const auto found = number_from<std::int64_t>(value);
    if (!found || *found < least || *found > most)
      throw UsageError("found '" + value + "', expected a number from " + std::to_string(least) +
                           " to " + std::to_string(most),
                       name, remedy);
    return found;
  }

 private:
  const Environment& environment_;
};

// What one launcher says.
struct Said {
  const Launcher* launcher = nullptr;
  std::int64_t rank = 0, size = 1;
  std::string names() const {
    return std::string(launcher->name) + " (" + launcher->rank + ", " + launcher->size + ")";
  }
  std::string whose() const {
    return "rank " + std::to_string(rank) + " of " + std::to_string(size);
  }
};

std::string without(const Launcher& launcher) {
  return std::string("env -u ") + launcher.size + " -u " + launcher.rank + " trainbus …";
}

std::optional<Said> said_by(const Launcher& launcher, const Reader& in,
                            std::vector<std::string>& notes) {
  const std::string remedy =
      "If the launcher's variables are left over, remove them: " + without(launcher) +
      "; or give --rank and --ranks.";
  const auto size = in.number(launcher.size, 1, most_ranks, remedy);
  if (!size) {  // RANK may mean anything then
    const auto rank = number_from<std::int64_t>(in.text(launcher.rank));
    if (rank.value_or(0) > 0 && &launcher != &slurm)
      notes.push_back(std::string(launcher.rank) + "=" + std::to_string(*rank) +
                      " in the environment is ignored, since there is no " + launcher.size);
    return std::nullopt;
  }
  if (*size == 1) return Said{&launcher, 0, 1};
  const auto rank = in.number(launcher.rank, 0, most_ranks, remedy);
  if (!rank)
    throw UsageError(std::string("is ") + std::to_string(*size) + ", and there is no " +
                         launcher.rank + ", so this process does not know which of them it is",
                     launcher.size,
                     "Start it by the launcher, give --rank and --ranks, or if it is a run of one "
                     "process: " +
                         without(launcher));
  if (*rank >= *size)
    throw UsageError("is " + std::to_string(*rank) + ", expected less than " + launcher.size +
                         ", which is " + std::to_string(*size),
                     launcher.rank, remedy);
  return Said{&launcher, *rank, *size};
}

std::vector<Said> said_by_launchers(const Reader& in, std::vector<std::string>& notes) {
  std::vector<Said> all;
  for (const Launcher* launcher : launchers) {
    // Slurm has an interface for MPICH, too, and sets its names then.
    if (launcher == &mpich && in.has(slurm.size) && !in.has(mpich.local_size)) continue;
    if (const auto said = said_by(*launcher, in, notes)) all.push_back(*said);
  }
  return all;
}

// The innermost launcher counts. torchrun's names without torchrun, left over in a shell or set by
// hand, have to agree with whatever started the process.
Said chosen(std::vector<Said> all, const Reader& in, std::vector<std::string>& notes) {
  bool by_hand =
      !all.empty() && all.front().launcher == &torchrun && !in.has("TORCHELASTIC_RUN_ID");
  if (by_hand && all.front().size == 1) {
    all.erase(all.begin());
    by_hand = false;
  }
  if (all.empty()) return {};
  const Said first = all.front();
  std::erase_if(all, [](const Said& said) { return said.size == 1; });
  if (first.size == 1) {
    for (const Said& other : all)
      notes.push_back(other.names() + " say that this is " + other.whose() + ", but " +
                      first.launcher->name + ", which counts, that it is the only one");
    return {};
  }
  if (!by_hand) return first;
  for (const Said& other : all)
    if (other.size != first.size || other.rank != first.rank)
      throw UsageError(first.names() + " say that this is " + first.whose() + ", " + other.names() +
                           " say that it is " + other.whose(),
                       "the environment",
                       "Remove what is left over: " + without(*first.launcher) +
                           ", or give --rank, --ranks and --leader.");
  return all.size() > 1 ? all[1] : all[0];  // the launcher also knows the machine's processes
}

// How many tasks a node has: "2(x3),1" is 2, 2, 2, 1.
std::optional<std::int64_t> tasks_of_node(std::string_view list, std::int64_t node) {
  while (!list.empty()) {
    const std::string_view part = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), part.size() + 1));
    const std::size_t times = part.find("(x");
    std::optional<std::int64_t> nodes = 1;
    if (times != std::string_view::npos && part.ends_with(')'))
      nodes = number_from<std::int64_t>(part.substr(times + 2, part.size() - times - 3));
    const auto tasks = number_from<std::int64_t>(part.substr(0, times));
    if (!nodes || !tasks || *nodes < 1 || *tasks < 1) return std::nullopt;
    if (node < *nodes) return tasks;
    node -= *nodes;
  }
  return std::nullopt;
}

std::int64_t local_size(const Launcher& launcher, const Reader& in) {
  const std::string text = in.text(launcher.local_size);
  const auto node = number_from<std::int64_t>(in.text("SLURM_NODEID"));
  return (&launcher == &slurm ? tasks_of_node(text, node.value_or(0))
                              : number_from<std::int64_t>(text))
      .value_or(1);
}

// Not among the ports that systems hand out themselves (32768 and up).
std::uint16_t port_from(const std::string& name) {
  return static_cast<std::uint16_t>(10000 + crc32c(0, name) % 20000);
}

// A name that all processes of a job have in common and other jobs do not have; empty if the
// launcher gives none.
std::string job_name(const Said& said, const Reader& in) {
  if (said.launcher == &slurm)
    return "slurm-" + in.text("SLURM_JOB_ID") + "." + in.text("SLURM_STEP_ID") + "-" +
           in.text("SLURM_RESTART_COUNT");
  if (said.launcher == &torchrun && in.has("TORCHELASTIC_RUN_ID"))
    return in.text("TORCHELASTIC_RUN_ID") + "-" + in.text("TORCHELASTIC_RESTART_COUNT");
  if (said.launcher == &open_mpi)
    for (const char* name : {"PMIX_NAMESPACE", "OMPI_MCA_ess_base_jobid"})
      if (in.has(name)) return in.text(name);
  return {};
}

bool is_one_machine(const Said& said, const Reader& in) {
  if (said.launcher == &slurm) {
    const char* nodes = in.has("SLURM_STEP_NUM_NODES") ? "SLURM_STEP_NUM_NODES" : "SLURM_NNODES";
    return in.text(nodes) == "1";
  }
  return in.text(said.launcher->local_size) == std::to_string(said.size);
}

bool is_host(std::string_view text) {
  const auto is_part = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("._-%:").find(c) != std::string_view::npos;
  };
  // A name or IPv4 address has no colon, an IPv6 address at least two.
  return !text.empty() && std::ranges::all_of(text, is_part) && std::ranges::count(text, ':') != 1;
}

std::string_view without_brackets(std::string_view host) {
  const bool has = host.size() > 2 && host.front() == '[' && host.back() == ']' &&
                   host.find(':') != std::string_view::npos;
  return has ? host.substr(1, host.size() - 2) : host;
}

std::string host_of_master(const Reader& in) {
  const std::string found = in.text("MASTER_ADDR");
  const std::string_view host = without_brackets(found);
  if (!is_host(host))
    throw UsageError("found '" + found + "', expected a host's name or address", "MASTER_ADDR",
                     "The port has a variable of its own: MASTER_ADDR=node1 MASTER_PORT=29500. Or "
                     "give --leader HOST:PORT.");
  return std::string(host);
}

std::optional<std::uint16_t> master_port(const Reader& in) {
  if (in.text("MASTER_PORT") == "0" && in.has("TORCHELASTIC_RUN_ID"))
    throw UsageError("is 0: torchrun does not tell its ranks which port it took", "MASTER_PORT",
                     "Start torchrun with --master-port 29500, or with --rdzv-backend c10d "
                     "--rdzv-endpoint localhost:0.");
  const auto port = in.number("MASTER_PORT", 1, 65535,
                              "Give a port that is free on rank 0's machine: MASTER_PORT=29500, or "
                              "--leader HOST:PORT.");
  return port ? std::optional(static_cast<std::uint16_t>(*port)) : std::nullopt;
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
  const auto port = master_port(in);
  if (in.has("MASTER_ADDR")) {
    place.host = host_of_master(in);
    place.port = port.value_or(usual_port);
    place.has_store = in.text("TORCHELASTIC_USE_AGENT_STORE") == "True";
    return;
  }
  if (said.launcher && is_one_machine(said, in)) {
    place.host = "127.0.0.1";
    place.port = port.value_or(port_from(job.empty() ? std::to_string(getppid()) : job));
    return;
  }
  if (said.launcher == &slurm) {
    const char* list = in.has("SLURM_STEP_NODELIST") ? "SLURM_STEP_NODELIST" : "SLURM_JOB_NODELIST";
    place.host = first_host(in.text(list));
    place.port = port.value_or(port_from(job));
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

// What --rank and --ranks say by themselves, and beside the launcher.
void take_rank(const AskedPlace& asked, const Said& said, const Reader& in, Place& place) {
  place.rank = said.rank;
  place.size = said.size;
  if (said.launcher) place.launcher = said.names();
  const bool has_rank = asked.rank.has_value();
  if (asked.ranks && !has_rank && said.launcher && *asked.ranks != said.size)
    throw UsageError("is " + std::to_string(*asked.ranks) + ", and " + said.names() +
                         " say that this is " + said.whose(),
                     "--ranks",
                     "Leave it out, or give --rank too if the launcher's numbers do not count.");
  if (asked.ranks) place.size = *asked.ranks;
  if (has_rank) {
    place.rank = *asked.rank;
  } else if (asked.ranks && !said.launcher) {
    const auto rank = in.number(torchrun.rank, 0, most_ranks, "Give --rank.");
    if (!rank)
      throw UsageError(
          "is " + std::to_string(*asked.ranks) + ", and nothing says which of them this process is",
          "--ranks", "Give --rank 0 to the one that leads, --rank 1 to the next, and so on.");
    place.rank = *rank;
    place.launcher = torchrun.rank;
    std::erase_if(place.notes, [](const std::string& note) { return note.starts_with("RANK="); });
  }
  if (has_rank && !asked.ranks && place.size == 1 && place.rank > 0)
    throw UsageError("is " + std::to_string(place.rank) + ", and the run has one process", "--rank",
                     "Give --ranks too, the number of processes.");
  if (place.rank < 0 || place.rank >= place.size)
    throw UsageError("is " + std::to_string(place.rank) + ", expected less than " +
                         (asked.ranks ? "--ranks" : said.launcher->size) + ", which is " +
                         std::to_string(place.size),
                     has_rank ? "--rank" : torchrun.rank, "Ranks count from 0.");
}

}  // namespace

Environment process_environment() {
  return [](const char* name) -> const char* { return std::getenv(name); };
}

std::optional<Address> parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view written = text.substr(0, colon), host = without_brackets(written);
  const std::string_view digits = text.substr(colon + 1);
  const auto port = number_from<std::uint16_t>(digits);
  const bool needs_brackets = host.size() == written.size() && host.find(':') != host.npos;
  if (needs_brackets || !is_host(host) || !port || *port == 0 || digits[0] == '+')
    return std::nullopt;
  return Address{std::string(host), *port};
}

std::string address_text(const std::string& host, std::uint16_t port) {
  const bool needs_brackets = host.find(':') != std::string::npos;
  return (needs_brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Place place_of(const AskedPlace& asked, const Environment& environment) {
  const Reader in(environment);
  Place place;
  // One process, whatever the environment says.
  if (asked.ranks == 1 && asked.rank.value_or(0) == 0) return place;
  Said said;
  if (!asked.ranks || !asked.rank)
    said = chosen(said_by_launchers(in, place.notes), in, place.notes);
  take_rank(asked, said, in, place);
  if (place.is_alone()) return place;
  take_address(asked, said, in, place);
  place.token = !asked.token.empty() ? asked.token : job_name(said, in);
  if (said.launcher) {
    const auto local =
        in.number(said.launcher->local_rank, 0, most_ranks,
                  std::string("Remove it: env -u ") + said.launcher->local_rank + " trainbus …");
    place.local_rank = local.value_or(place.rank);
    place.local_size = local_size(*said.launcher, in);
  }
  return place;
}

}  // namespace trainbus::ranks
