#include "engine_verb.hpp"

#define BOOST_DLL_USE_STD_FS
#include <boost/dll/runtime_symbol_info.hpp>
#include <boost/dll/shared_library.hpp>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>

#include "core/bus/crash_report.hpp"
#include "core/host/library.hpp"
#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "engine_entry.hpp"
#include "plan.hpp"
#include "signals.hpp"

namespace trainbus::cli {
namespace {

// Relative to the launcher: bin/ and lib/ in the build tree, bin/ and the library folder when
// installed.
std::filesystem::path find_engine() {
  const std::filesystem::path program = boost::dll::program_location();
  std::string tried;
  for (const char* folder : {"lib", TRAINBUS_LIBDIR}) {
    const auto file = (program.parent_path() / ".." / folder / "trainbus_engine_verbs.so");
    if (std::filesystem::exists(file)) return file.lexically_normal();
    const std::string name = file.lexically_normal().string();
    if (tried.find(name) == std::string::npos) tried += (tried.empty() ? "" : " or ") + name;
  }
  throw UsageError("this trainbus was built without its engine: there is no " + tried, "engine",
                   "Build with -DTRAINBUS_ENGINE=ON.");
}

// Waiting threads yield their core after some 50 µs: on a shared machine they would otherwise spin
// while the thread that they wait for needs a core. OpenMP's runtime reads this when the engine
// loads it; next to a busy process on two cores a step took 1.4 times as long without it.
void let_waiting_threads_sleep() {
  if (!std::getenv("OMP_WAIT_POLICY")) ::setenv("GOMP_SPINCOUNT", "10000", 0);
}

EngineVerb& load_engine(const std::string& half) {
  let_waiting_threads_sleep();
  const std::filesystem::path file = find_engine();
  try {
    // Never destroyed: LibTorch cannot be unloaded.
    static auto* const library = new boost::dll::shared_library(
        file, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_local);
    return library->get<EngineVerb>(engine_verb_prefix + half);
  } catch (const std::exception& error) {
    throw UsageError(error.what(), file.string(), "Was it built together with this launcher?");
  }
}

// The leader's terminal shows how the run goes; the workers' lines would lie between its own.
log::Level log_level(const RunSpec& spec) {
  if (!spec.run.has("log-level")) return log::Level::Info;
  if (spec.place.rank > 0 && spec.run.is_default("log-level")) return log::Level::Warning;
  const std::string& name = spec.run.text("log-level");
  if (name == "debug") return log::Level::Debug;
  if (name == "warning") return log::Level::Warning;
  return name == "error" ? log::Level::Error : log::Level::Info;
}

}  // namespace

int run_in_engine(const Call& call, const char* half, RunSpec (*plan)(const Call&)) {
  // A closed pipe and a file-size limit are failed writes and must not end a training. Verbs whose
  // result is their output end with their reader, as filters do.
  if (find_verb(call.verb).writes_files) std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  install_crash_report();
  Requests requests;
  SignalWatch signals(requests);  // before plugins and LibTorch start threads of their own
  const RunSpec spec = plan(call);
  log::set_level(log_level(spec));
  if (!spec.place.leads()) {
    signals.be_brief();
    log::set_prefix(spec.place.rank < 0 ? "worker: "
                                        : "rank " + std::to_string(spec.place.rank) + ": ");
  }
  const int code = load_engine(half)(spec, requests);
  // All files are closed. Static destructors of a plugin whose file was overwritten while loaded
  // could crash and change the exit code, so they are not run.
  if (loaded_files_have_changed() && code != engine_interrupted && std::cout.flush())
    std::_Exit(code);
  if (code != engine_interrupted) return code;
  std::cout.flush();
  if (const int signal = signals.received()) end_by_signal(signal);
  return exit_failed;
}

int run_in_engine(const Call& call) {
  return run_in_engine(call, call.verb.c_str(),
                       [](const Call& asked) { return plan_run(asked, Completeness::Required); });
}

}  // namespace trainbus::cli
