// A process's place among the processes of a run, from options and from what launchers set.
#include "core/ranks/place.hpp"

#include <boost/test/unit_test.hpp>

#include "core/ranks/launchers.hpp"

namespace trainbus::testing {
namespace {

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

BOOST_AUTO_TEST_CASE(addresses_are_read) {
  const auto reads = [](const char* text, const char* host, int port) {
    const auto address = ranks::parse_address(text);
    BOOST_REQUIRE_MESSAGE(address, text << " is refused");
    BOOST_TEST(address->host == host);
    BOOST_TEST(address->port == port);
    BOOST_TEST(ranks::address_text(address->host, address->port) == text);
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
