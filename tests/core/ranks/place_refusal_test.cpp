// Contradictions about a process's place, each with the remedy that its refusal offers.
#include <boost/test/unit_test.hpp>

#include "core/ranks/launchers.hpp"

namespace trainbus::testing {

BOOST_AUTO_TEST_SUITE(place_refusal_test)

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

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
