// A process's place among the processes of a run, from options and from what launchers set.
#include "core/ranks/place.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <sstream>

#include "core/io/error.hpp"

namespace trainbus::testing {
namespace {

using ranks::AskedPlace;
using ranks::Place;

using Variables = std::map<std::string, std::string>;

// "NAME=VALUE NAME=VALUE"
Variables variables(const std::string& text) {
  Variables all;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    all[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return all;
}

Place place_of(const Variables& all, const AskedPlace& asked = {}) {
  return ranks::place_of(asked, [&](const char* name) -> const char* {
    const auto found = all.find(name);
    return found == all.end() ? nullptr : found->second.c_str();
  });
}
Place place_of(const std::string& text, const AskedPlace& asked = {}) {
  return place_of(variables(text), asked);
}

std::string refusal(const std::string& text, const AskedPlace& asked = {}) {
  try {
    place_of(text, asked);
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// What the launchers set, as they were seen to do; %r rank, %n size, %l local rank, %m local size.
const std::string torchrun =
    "RANK=1 WORLD_SIZE=4 LOCAL_RANK=1 LOCAL_WORLD_SIZE=2 GROUP_RANK=0 GROUP_WORLD_SIZE=2 "
    "ROLE_NAME=default ROLE_RANK=1 ROLE_WORLD_SIZE=4 MASTER_ADDR=node1 MASTER_PORT=29500 "
    "TORCHELASTIC_RUN_ID=none TORCHELASTIC_RESTART_COUNT=0 TORCHELASTIC_MAX_RESTARTS=0 "
    "TORCHELASTIC_USE_AGENT_STORE=True OMP_NUM_THREADS=1";
const std::string open_mpi =
    "OMPI_COMM_WORLD_RANK=2 OMPI_COMM_WORLD_SIZE=3 OMPI_COMM_WORLD_LOCAL_RANK=2 "
    "OMPI_COMM_WORLD_LOCAL_SIZE=3 OMPI_COMM_WORLD_NODE_RANK=2 OMPI_UNIVERSE_SIZE=3 "
    "OMPI_MCA_orte_num_nodes=1 PMIX_RANK=2 PMIX_NAMESPACE=687931393 PMIX_HOSTNAME=n1";
const std::string mpich =
    "PMI_RANK=1 PMI_SIZE=2 PMI_FD=7 MPI_LOCALRANKID=1 MPI_LOCALNRANKS=2 HYDI_CONTROL_FD=8 "
    "MPIR_CVAR_CH3_INTERFACE_HOSTNAME=n1";
const std::string slurm =
    "SLURM_PROCID=3 SLURM_NTASKS=5 SLURM_NPROCS=5 SLURM_LOCALID=0 SLURM_NODEID=1 "
    "SLURM_NODELIST=n[1-3] SLURM_JOB_NODELIST=n[1-3] SLURM_STEP_NODELIST=n[1-3] "
    "SLURM_STEP_NUM_NODES=3 SLURM_STEP_NUM_TASKS=5 SLURM_STEP_TASKS_PER_NODE=3,1(x2) "
    "SLURM_TASKS_PER_NODE=3,1(x2) SLURMD_NODENAME=n2 SLURM_LAUNCH_NODE_IPADDR=127.0.0.1 "
    "SLURM_STEP_ID=0 SLURM_STEPID=0 SLURM_JOB_ID=17";
const std::string batch_script =
    "SLURM_PROCID=0 SLURM_LOCALID=0 SLURM_NODEID=0 SLURM_NTASKS=5 SLURM_NPROCS=5 SLURM_JOB_ID=17 "
    "SLURM_JOB_NODELIST=n[1-3] SLURM_NNODES=3";

struct Row {
  std::string what, variables;
  AskedPlace asked;
  std::int64_t rank, size, local_rank, local_size;
  std::string host;
  int port;  // 0: some port
  std::string token;
  bool has_store = false;
};

const std::vector<Row> rows = {
    {"nothing", "", {}, 0, 1, 0, 1, "", 0, ""},
    {"torchrun", torchrun, {}, 1, 4, 1, 2, "node1", 29500, "none-0", true},
    {"torchrun with its own meeting",
     torchrun + " MASTER_ADDR=localhost MASTER_PORT=42971 TORCHELASTIC_RUN_ID=job7",
     {},
     1,
     4,
     1,
     2,
     "localhost",
     42971,
     "job7-0",
     true},
    {"torchrun after a restart",
     torchrun + " TORCHELASTIC_RESTART_COUNT=2",
     {},
     1,
     4,
     1,
     2,
     "node1",
     29500,
     "none-2",
     true},
    {"torchrun's names by hand",
     "RANK=1 WORLD_SIZE=2 MASTER_ADDR=10.0.0.7",
     {},
     1,
     2,
     1,
     1,
     "10.0.0.7",
     29500,
     ""},
    {"an IPv6 address",
     "RANK=1 WORLD_SIZE=2 MASTER_ADDR=fd00::2 MASTER_PORT=1",
     {},
     1,
     2,
     1,
     1,
     "fd00::2",
     1,
     ""},
    {"an IPv6 address in brackets",
     "RANK=1 WORLD_SIZE=2 MASTER_ADDR=[fd00::2] MASTER_PORT=65535",
     {},
     1,
     2,
     1,
     1,
     "fd00::2",
     65535,
     ""},
    {"Open MPI, one machine", open_mpi, {}, 2, 3, 2, 3, "127.0.0.1", 0, "687931393"},
    {"Open MPI, two machines",
     open_mpi + " OMPI_COMM_WORLD_LOCAL_SIZE=2 OMPI_COMM_WORLD_LOCAL_RANK=0 MASTER_ADDR=n1",
     {},
     2,
     3,
     0,
     2,
     "n1",
     29500,
     "687931393"},
    {"MPICH", mpich, {}, 1, 2, 1, 2, "127.0.0.1", 0, ""},
    {"Slurm, second node", slurm, {}, 3, 5, 0, 1, "n1", 0, "slurm-17.0-"},
    {"Slurm, first node",
     slurm + " SLURM_PROCID=2 SLURM_LOCALID=2 SLURM_NODEID=0",
     {},
     2,
     5,
     2,
     3,
     "n1",
     0,
     "slurm-17.0-"},
    {"Slurm, one node",
     slurm + " SLURM_STEP_NUM_NODES=1 SLURM_NODEID=0 SLURM_STEP_TASKS_PER_NODE=5 SLURM_LOCALID=3",
     {},
     3,
     5,
     3,
     5,
     "127.0.0.1",
     0,
     "slurm-17.0-"},
    {"Slurm, requeued", slurm + " SLURM_RESTART_COUNT=1", {}, 3, 5, 0, 1, "n1", 0, "slurm-17.0-1"},
    {"Slurm with PMI",
     slurm + " PMI_RANK=3 PMI_SIZE=5 PMI_JOBID=17.0 PMI_FD=4",
     {},
     3,
     5,
     0,
     1,
     "n1",
     0,
     "slurm-17.0-"},
    {"Slurm, a port of one's own",
     slurm + " MASTER_PORT=1234",
     {},
     3,
     5,
     0,
     1,
     "n1",
     1234,
     "slurm-17.0-"},
    {"Slurm and the same by hand",
     slurm + " RANK=3 WORLD_SIZE=5 MASTER_ADDR=n9",
     {},
     3,
     5,
     0,
     1,
     "n9",
     29500,
     "slurm-17.0-"},
    {"a batch script without srun", batch_script, {}, 0, 1, 0, 1, "", 0, ""},
    {"one task by srun",
     slurm + " SLURM_STEP_NUM_TASKS=1 SLURM_PROCID=0",
     {},
     0,
     1,
     0,
     1,
     "",
     0,
     ""},
    {"torchrun within Slurm",
     slurm + " " + torchrun,
     {},
     1,
     4,
     1,
     2,
     "node1",
     29500,
     "none-0",
     true},
    {"Open MPI within Slurm", slurm + " " + open_mpi, {}, 2, 3, 2, 3, "127.0.0.1", 0, "687931393"},
    {"MPICH within Slurm", slurm + " " + mpich, {}, 1, 2, 1, 2, "127.0.0.1", 0, ""},
    {"one process by torchrun within Slurm",
     slurm + " " + torchrun + " RANK=0 WORLD_SIZE=1",
     {},
     0,
     1,
     0,
     1,
     "",
     0,
     ""},
    {"a size of 1 by hand within Slurm",
     slurm + " RANK=0 WORLD_SIZE=1",
     {},
     3,
     5,
     0,
     1,
     "n1",
     0,
     "slurm-17.0-"},
    {"a rank left over", "RANK=3", {}, 0, 1, 0, 1, "", 0, ""},
    {"a rank that means something else", "RANK=captain", {}, 0, 1, 0, 1, "", 0, ""},
    {"options alone", "", {2, 4, "h:5", "t"}, 2, 4, 0, 1, "h", 5, "t"},
    {"options, IPv6", "", {2, 4, "[::1]:5", ""}, 2, 4, 0, 1, "::1", 5, ""},
    {"options beside variables of another job",
     open_mpi,
     {0, 4, "h:5", ""},
     0,
     4,
     0,
     1,
     "h",
     5,
     ""},
    {"options beside broken variables",
     "RANK=x WORLD_SIZE=-3",
     {0, 4, "h:5", ""},
     0,
     4,
     0,
     1,
     "h",
     5,
     ""},
    {"another address than torchrun's",
     torchrun,
     {{}, {}, "h:5", ""},
     1,
     4,
     1,
     2,
     "h",
     5,
     "none-0"},
    {"a token of one's own", torchrun, {{}, {}, "", "t"}, 1, 4, 1, 2, "node1", 29500, "t", true},
    {"the launcher's size once more",
     torchrun,
     {{}, 4, "", ""},
     1,
     4,
     1,
     2,
     "node1",
     29500,
     "none-0",
     true},
    {"a size and RANK", "RANK=2", {{}, 4, "h:5", ""}, 2, 4, 0, 1, "h", 5, ""},
    {"rank 0 alone", "", {0, {}, "", ""}, 0, 1, 0, 1, "", 0, ""},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(place_test)

BOOST_AUTO_TEST_CASE(each_launcher_is_understood) {
  for (const Row& row : rows) {
    BOOST_TEST_CONTEXT(row.what) {
      Place place;
      BOOST_REQUIRE_NO_THROW(place = place_of(row.variables, row.asked));
      BOOST_TEST(place.rank == row.rank);
      BOOST_TEST(place.size == row.size);
      BOOST_TEST(place.local_rank == row.local_rank);
      BOOST_TEST(place.local_size == row.local_size);
      BOOST_TEST(place.host == row.host);
      if (row.port) BOOST_TEST(place.port == row.port);
      BOOST_TEST((place.port != 0) == (row.size > 1));
      BOOST_TEST(place.token == row.token);
      BOOST_TEST(place.has_store == row.has_store);
      BOOST_TEST(place.leads() == (row.rank == 0));
      BOOST_TEST(place.is_alone() == (row.size == 1));
    }
  }
}

BOOST_AUTO_TEST_CASE(one_process_is_one_whatever_the_environment_says) {
  const std::string broken = "RANK=x WORLD_SIZE=y MASTER_PORT=0 PMI_SIZE=-1 OMPI_COMM_WORLD_SIZE=9";
  for (const std::string& text : {torchrun, open_mpi, mpich, slurm, batch_script, broken}) {
    const Place place = place_of(text, {{}, 1, "", ""});
    BOOST_TEST(place.is_alone());
    BOOST_TEST(place.leads());
    BOOST_TEST(place.notes.empty());
    BOOST_TEST(place_of(text, {0, 1, "", ""}).is_alone());
  }
}

BOOST_AUTO_TEST_CASE(all_processes_of_a_job_come_to_one_address_and_token) {
  const auto both = [](const std::string& text, const std::string& one, const std::string& other) {
    const Place a = place_of(text + " " + one), b = place_of(text + " " + other);
    BOOST_TEST(a.rank != b.rank);
    BOOST_TEST(a.host == b.host);
    BOOST_TEST(a.port == b.port);
    BOOST_TEST(a.token == b.token);
  };
  both(slurm, "SLURM_PROCID=0 SLURM_NODEID=0 SLURM_LOCALID=0 SLURMD_NODENAME=n1", "SLURM_PROCID=4");
  both(open_mpi, "OMPI_COMM_WORLD_RANK=0", "OMPI_COMM_WORLD_RANK=1");
  both(mpich, "PMI_RANK=0", "PMI_RANK=1");
}

BOOST_AUTO_TEST_CASE(jobs_that_could_meet_have_other_ports_or_tokens) {
  const Place first = place_of(slurm), second = place_of(slurm + " SLURM_JOB_ID=18");
  BOOST_TEST(first.token != second.token);
  BOOST_TEST(first.port != second.port);
  const Place third = place_of(open_mpi), fourth = place_of(open_mpi + " PMIX_NAMESPACE=687931394");
  BOOST_TEST(third.token != fourth.token);
  BOOST_TEST(third.port != fourth.port);
}

BOOST_AUTO_TEST_CASE(what_was_ignored_is_said) {
  BOOST_TEST(has(place_of("RANK=3").notes.at(0), "RANK=3"));
  BOOST_TEST(has(place_of("OMPI_COMM_WORLD_RANK=3").notes.at(0), "OMPI_COMM_WORLD_SIZE"));
  BOOST_TEST(place_of("RANK=captain").notes.empty());
  BOOST_TEST(place_of("RANK=2", {{}, 4, "h:5", ""}).notes.empty());  // it was used
  const Place alone = place_of(slurm + " " + torchrun + " RANK=0 WORLD_SIZE=1");
  BOOST_TEST(has(alone.notes.at(0), "SLURM_PROCID"));
}

// Every refusal says where, and what its remedy says is done and works.
BOOST_AUTO_TEST_CASE(contradictions_are_refused_with_a_remedy_that_works) {
  struct Refused {
    std::string variables;
    AskedPlace asked;
    std::vector<std::string> says;
    std::string remedied;  // variables after the remedy
    AskedPlace remedy;
  };
  const std::vector<Refused> all = {
      {"WORLD_SIZE=4", {}, {"WORLD_SIZE", "RANK", "env -u WORLD_SIZE"}, "", {}},
      {"WORLD_SIZE=4", {}, {"--rank and --ranks"}, "WORLD_SIZE=4", {0, 4, "h:5", ""}},
      {"WORLD_SIZE=many RANK=0", {}, {"WORLD_SIZE: ", "'many'", "env -u WORLD_SIZE"}, "", {}},
      {"WORLD_SIZE=4 RANK=x", {}, {"RANK: ", "'x'", "-u RANK"}, "", {}},
      {"WORLD_SIZE=4 RANK=4", {}, {"RANK: ", "is 4", "less than WORLD_SIZE", "-u RANK"}, "", {}},
      {"WORLD_SIZE=4 RANK=-1", {}, {"RANK: ", "'-1'"}, "", {}},
      {"WORLD_SIZE=0 RANK=0", {}, {"WORLD_SIZE: ", "'0'"}, "", {}},
      {"WORLD_SIZE=1000001 RANK=0", {}, {"WORLD_SIZE: ", "1000000"}, "", {}},
      {"PMI_SIZE=2 PMI_RANK=2", {}, {"PMI_RANK: ", "PMI_SIZE"}, "", {}},
      {torchrun + " LOCAL_RANK=x",
       {},
       {"LOCAL_RANK: ", "env -u LOCAL_RANK"},
       torchrun + " LOCAL_RANK=",
       {}},
      {slurm + " RANK=1 WORLD_SIZE=5 MASTER_ADDR=h",
       {},
       {"RANK, WORLD_SIZE", "rank 1 of 5", "SLURM_PROCID", "rank 3 of 5",
        "env -u WORLD_SIZE -u RANK"},
       slurm + " MASTER_ADDR=h",
       {}},
      {slurm + " RANK=1 WORLD_SIZE=5",
       {},
       {"--rank, --ranks and --leader"},
       slurm,
       {1, 5, "h:5", ""}},
      {torchrun + " MASTER_PORT=0",
       {},
       {"MASTER_PORT: ", "--master-port 29500"},
       torchrun + " MASTER_PORT=29500",
       {}},
      {"RANK=0 WORLD_SIZE=2 MASTER_ADDR=h MASTER_PORT=0",
       {},
       {"MASTER_PORT: ", "'0'", "--leader"},
       "RANK=0 WORLD_SIZE=2 MASTER_ADDR=h MASTER_PORT=0",
       {{}, {}, "h:5", ""}},
      {slurm + " MASTER_PORT=70000",
       {},
       {"MASTER_PORT: ", "'70000'"},
       slurm + " MASTER_PORT=29500",
       {}},
      {"RANK=0 WORLD_SIZE=2 MASTER_ADDR=h:29500",
       {},
       {"MASTER_ADDR: ", "'h:29500'", "MASTER_PORT=29500"},
       "RANK=0 WORLD_SIZE=2 MASTER_ADDR=h MASTER_PORT=29500",
       {}},
      {"RANK=0 WORLD_SIZE=2 MASTER_ADDR=http://h",
       {},
       {"MASTER_ADDR: "},
       "RANK=0 WORLD_SIZE=2 MASTER_ADDR=h",
       {}},
      {"RANK=0 WORLD_SIZE=2",
       {},
       {"--leader: ", "rank 0 of 2", "MASTER_ADDR"},
       "RANK=0 WORLD_SIZE=2 MASTER_ADDR=h",
       {}},
      {"RANK=0 WORLD_SIZE=2", {}, {"--ranks 1"}, "RANK=0 WORLD_SIZE=2", {{}, 1, "", ""}},
      {open_mpi + " OMPI_COMM_WORLD_LOCAL_SIZE=2",
       {},
       {"--leader: ", "Open MPI", "mpirun -x MASTER_ADDR"},
       open_mpi + " OMPI_COMM_WORLD_LOCAL_SIZE=2 MASTER_ADDR=h MASTER_PORT=29500",
       {}},
      {mpich + " MPI_LOCALNRANKS=1",
       {},
       {"--leader: ", "MPICH"},
       mpich + " MPI_LOCALNRANKS=1",
       {{}, {}, "h:5", ""}},
      {slurm + " SLURM_STEP_NODELIST=n[",
       {},
       {"--leader: ", "Slurm"},
       slurm + " MASTER_ADDR=h",
       {}},
      {torchrun, {{}, 3, "", ""}, {"--ranks: ", "is 3", "rank 1 of 4"}, torchrun, {}},
      {torchrun, {{}, 3, "", ""}, {"--rank too"}, torchrun, {1, 3, "", ""}},
      {"", {{}, 4, "h:5", ""}, {"--ranks: ", "is 4", "--rank 0"}, "", {0, 4, "h:5", ""}},
      {"RANK=4", {{}, 4, "h:5", ""}, {"RANK: ", "is 4", "--ranks"}, "RANK=3", {{}, 4, "h:5", ""}},
      {"RANK=x", {{}, 4, "h:5", ""}, {"RANK: ", "'x'", "--rank"}, "RANK=x", {0, 4, "h:5", ""}},
      {"", {1, {}, "h:5", ""}, {"--rank: ", "is 1", "--ranks too"}, "", {1, 2, "h:5", ""}},
      {"", {4, 4, "h:5", ""}, {"--rank: ", "is 4", "which is 4", "from 0"}, "", {3, 4, "h:5", ""}},
      {"", {3, 1, "", ""}, {"--rank: ", "is 3", "which is 1", "from 0"}, "", {0, 1, "", ""}},
      {"", {-1, 4, "h:5", ""}, {"--rank: ", "is -1", "from 0"}, "", {0, 4, "h:5", ""}},
      {"", {0, 2, "", ""}, {"--leader: ", "rank 0 of 2"}, "", {0, 2, "h:5", ""}},
      {"", {0, 2, "h", ""}, {"--leader: ", "'h'", "HOST:PORT"}, "", {0, 2, "node1:29500", ""}},
      {"", {0, 2, "h:0", ""}, {"--leader: ", "'h:0'"}, "", {0, 2, "h:29500", ""}},
  };
  for (const Refused& each : all) {
    const std::string said = refusal(each.variables, each.asked);
    BOOST_TEST_CONTEXT(each.variables << ": " << said) {
      for (const std::string& part : each.says) BOOST_TEST(has(said, part), "no '" << part << "'");
      BOOST_TEST(refusal(each.remedied, each.remedy) == "");
    }
  }
}

BOOST_AUTO_TEST_CASE(addresses_are_read) {
  const auto reads = [](const char* text, const char* host, int port) {
    const auto address = ranks::parse_address(text);
    BOOST_REQUIRE_MESSAGE(address, text << " is refused");
    BOOST_TEST(address->host == host);
    BOOST_TEST(address->port == port);
  };
  reads("node1:29500", "node1", 29500);
  reads("gpu_01.site.org:1", "gpu_01.site.org", 1);
  reads("192.0.2.7:65535", "192.0.2.7", 65535);
  reads("[::1]:80", "::1", 80);
  reads("[fe80::1%eth0]:80", "fe80::1%eth0", 80);
  for (const char* text :
       {"",        ":",       "h",           "h:",          ":80",    "h:0",           "h:65536",
        "h:-1",    "h:+80",   "h:80 ",       "h:8x",        "::1:80", "fd00::2:29500", "[]:80",
        "[::1:80", "::1]:80", "[h]:80",      "http://h:80", "a/b:80", "a b:80",        "[::1]80",
        "[::1]",   "h:80:90", "h\xc3\xa9:80"})
    BOOST_TEST(!ranks::parse_address(text), "'" << text << "' is no address");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
