// A whole run of `trainbus train`, in this process, whose system calls fail one after the other, in
// every way; and one that loses power at each of them. Afterwards, on a working disk, the resumed
// run ends with the same model as an undisturbed run.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>

#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "core/io/replace_file_system.hpp"
#include "core/journal/reader.hpp"
#include "engine/optimizer.hpp"
#include "engine_entry.hpp"
#include "mounted_disk.hpp"
#include "plan.hpp"
#include "support/fault_loop.hpp"
#include "support/sanitized.hpp"
#include "verbs/resume.hpp"

namespace trainbus {
TRAINBUS_ENGINE_VERB(train)(const RunSpec& spec, Requests& requests);
}

using namespace trainbus;
using testing::Fault;
namespace data = boost::unit_test::data;

namespace {

const std::string folder = "/run/first", journal_file = folder + "/journal";
const char* const optimizers[] = {"mezo", "adamw"};

cli::Call call_of(const std::string& verb, const std::string& optimizer) {
  cli::Call call{verb, {}, engine_tag()};
  if (verb == "resume") call.arguments = {folder};
  for (const char* word : {"--plugin-path", TRAINBUS_BINARY_DIR "/plugins", "--plugin"})
    call.arguments.emplace_back(word);
  call.arguments.push_back(optimizer);
  if (verb == "resume") return call;
  for (const char* word :
       {"--task", "mlp", "--task.examples", "48", "--max-steps", "6", "--eval-every", "3",
        "--save-every", "2", "--delivery", "inline", "--plugin", "jsonl", "--without", "progress",
        "--keep-best", "eval/loss"})
    call.arguments.emplace_back(word);
  call.arguments.push_back("--run-dir");
  call.arguments.push_back(folder);
  call.arguments.push_back("--" + optimizer + ".lr");
  call.arguments.emplace_back("0.01");
  return call;
}

// How an attempt ended: its exit code, or what it said.
struct Outcome {
  int code = -1;
  std::string refusal;
};

class Machine {
 public:
  explicit Machine(std::string optimizer) : optimizer_(std::move(optimizer)) {}

  testing::SimulatedDisk& disk() { return calls_.disk(); }
  std::optional<std::string> model() { return disk().content(folder + "/model/model.safetensors"); }
  FileSystem& files() { return *files_; }
  bool has_begun() { return disk().content(folder + "/run.json").has_value(); }

  // Starts the run, or resumes it if it has started.
  Outcome run() {
    set_file_system(files_.get());
    const Outcome outcome = attempt(has_begun() ? "resume" : "train");
    set_file_system(nullptr);
    BOOST_TEST(disk().open_count() == 0u);
    return outcome;
  }

 private:
  Outcome attempt(const std::string& verb) try {
    const cli::Call call = call_of(verb, optimizer_);
    const RunSpec spec = verb == "resume" ? cli::plan_resume(call)
                                          : cli::plan_run(call, cli::Completeness::Required);
    Requests nobody;
    return {trainbus_verb_train(spec, nobody), ""};
  } catch (const Error& error) {
    return {-1, error.what()};
  }

  std::string optimizer_;
  testing::MountedDisk calls_;
  std::unique_ptr<FileSystem> files_ = make_file_system(calls_);
};

// The terminal is reserved for the test's output.
struct Quiet {
  Quiet() {
    log::set_level(log::Level::Error);
    std::cout.setstate(std::ios::failbit);
  }
  ~Quiet() { std::cout.clear(); }
};

// Every call in the long set; otherwise every eleventh, or far fewer where each takes a hundred
// times as long, each loop with calls of its own.
struct Calls {
  explicit Calls(std::size_t loop)
      : stride(std::getenv("TRAINBUS_LONG_TESTS") ? 1
               : trainbus::testing::is_sanitized  ? 401
                                                  : 11),
        first(1 + loop % stride) {}
  std::uint64_t stride, first;
};

const std::string& reference(const std::string& optimizer) {
  static std::map<std::string, std::string> models;
  std::string& model = models[optimizer];
  if (model.empty()) {
    Machine machine(optimizer);
    const Outcome outcome = machine.run();
    BOOST_TEST_REQUIRE(outcome.code == 0, outcome.refusal);
    model = machine.model().value();
  }
  return model;
}

std::uint64_t calls_of_a_run(const std::string& optimizer) {
  Machine machine(optimizer);
  machine.disk().fail(Fault::None, 0);  // counts from here
  machine.run();
  return machine.disk().calls();
}

void check_end(Machine& machine, const std::string& optimizer) {
  const Outcome end = machine.run();
  BOOST_TEST(end.code == 0, end.refusal);
  BOOST_TEST((machine.model() == reference(optimizer)));
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

BOOST_DATA_TEST_CASE(whatever_call_fails_the_run_goes_on_to_the_same_end,
                     data::make(optimizers) *
                         data::make({Fault::Interrupted, Fault::ShortTransfer, Fault::NoSpace,
                                     Fault::DiskFull, Fault::IoError, Fault::DiskGone}),
                     optimizer, fault) {
  const Quiet quiet;
  const std::string& expected = reference(optimizer);
  const Calls calls(static_cast<std::size_t>(fault));
  bool met = true;
  for (std::uint64_t k = calls.first; met; k += calls.stride) {
    BOOST_TEST_INFO_SCOPE("call " << k);
    Machine machine(optimizer);
    machine.disk().fail(fault, k);
    const Outcome outcome = machine.run();
    met = machine.disk().fault_met();
    machine.disk().fail(Fault::None, 0);
    if (outcome.code == 0) {
      BOOST_TEST((machine.model() == expected));
    } else {
      BOOST_TEST(contains(outcome.refusal, "/run"), outcome.refusal);
      // A full disk must not end a running training.
      if (machine.has_begun() && (fault == Fault::NoSpace || fault == Fault::DiskFull))
        BOOST_TEST(contains(outcome.refusal, "the model is not saved"), outcome.refusal);
    }
    if (testing::is_harmless(fault)) BOOST_TEST(outcome.code == 0, outcome.refusal);
    check_end(machine, optimizer);
  }
}

// Both: a run that lost its disk half-way meets a fault while it is resumed.
BOOST_DATA_TEST_CASE(whatever_call_fails_while_a_run_goes_on_it_can_be_tried_again,
                     data::make(optimizers) *
                         data::make({Fault::ShortTransfer, Fault::DiskFull, Fault::IoError}),
                     optimizer, fault) {
  const Quiet quiet;
  const std::uint64_t half = calls_of_a_run(optimizer) / 2;
  const Calls calls(static_cast<std::size_t>(fault));
  bool met = true;
  for (std::uint64_t k = calls.first; met; k += calls.stride) {
    BOOST_TEST_INFO_SCOPE("call " << k);
    Machine machine(optimizer);
    machine.disk().fail(Fault::DiskGone, half);
    machine.run();
    machine.disk().fail(fault, k);
    const Outcome outcome = machine.run();
    met = machine.disk().fault_met();
    machine.disk().fail(Fault::None, 0);
    if (outcome.code != 0) BOOST_TEST(contains(outcome.refusal, folder), outcome.refusal);
    check_end(machine, optimizer);
  }
}

namespace {

// Whether the power failure left the one thing that a journal cannot survive, as its README says: a
// gap among the records that were not synced yet, with a good one behind it. Then the run must be
// refused by the place of the gap, which no synced byte is part of, and nothing be touched.
bool has_a_gap(Machine& machine, std::size_t synced) {
  if (!machine.has_begun()) return false;
  const std::optional<std::string> before = machine.disk().content(journal_file);
  if (!before) return false;
  try {
    journal::read(machine.files(), journal_file);
    return false;
  } catch (const RunError& error) {
    const std::string words = error.what(), mark = "the record at byte ";
    const std::size_t at = words.find(mark);
    BOOST_TEST_REQUIRE(at != std::string::npos, words);
    BOOST_TEST(contains(words, "good records follow it"), words);
    BOOST_TEST(std::stoul(words.substr(at + mark.size())) >= synced, words);
    BOOST_TEST(contains(machine.run().refusal, words.substr(at, 30)));
    BOOST_TEST((machine.disk().content(journal_file) == before));
    return true;
  }
}

}  // namespace

BOOST_DATA_TEST_CASE(wherever_the_power_fails_the_run_comes_to_the_same_end,
                     data::make(optimizers) * data::xrange(3), optimizer, seed) {
  const Quiet quiet;
  const Calls calls(static_cast<std::size_t>(seed));
  bool met = true;
  for (std::uint64_t k = calls.first; met; k += calls.stride) {
    BOOST_TEST_INFO_SCOPE("call " << k);
    Machine machine(optimizer);
    machine.disk().fail(Fault::DiskGone, k);
    machine.run();
    met = machine.disk().fault_met();
    machine.disk().fail(Fault::None, 0);
    const std::size_t synced = machine.disk().synced_bytes(journal_file);
    machine.disk().lose_power(1000 * k + static_cast<std::uint64_t>(seed));
    if (!has_a_gap(machine, synced)) check_end(machine, optimizer);
  }
}
