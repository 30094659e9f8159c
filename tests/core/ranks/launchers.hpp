// What launchers set in the environment, and the places that follow from it.
#pragma once

#include <map>
#include <sstream>
#include <string>

#include "core/io/error.hpp"
#include "core/ranks/place.hpp"

namespace trainbus::testing {

using ranks::AskedPlace;
using ranks::Place;

using Variables = std::map<std::string, std::string>;

// "NAME=VALUE NAME=VALUE"
inline Variables variables(const std::string& text) {
  Variables all;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const std::size_t equals = word.find('=');
    all[word.substr(0, equals)] = word.substr(equals + 1);
  }
  return all;
}

inline Place place_of(const Variables& all, const AskedPlace& asked = {}) {
  return ranks::place_of(asked, [&](const char* name) -> const char* {
    const auto found = all.find(name);
    return found == all.end() ? nullptr : found->second.c_str();
  });
}
inline Place place_of(const std::string& text, const AskedPlace& asked = {}) {
  return place_of(variables(text), asked);
}

inline std::string refusal(const std::string& text, const AskedPlace& asked = {}) {
  try {
    place_of(text, asked);
  } catch (const UsageError& error) {
    return error.what();
  }
  return {};
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// What the launchers set, as they were seen to do.
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

}  // namespace trainbus::testing
