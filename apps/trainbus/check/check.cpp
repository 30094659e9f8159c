#include "check.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <iostream>

#include "child.hpp"
#include "core/host/library.hpp"
#include "core/io/error.hpp"
#include "core/io/log.hpp"
#include "core/plan/arguments.hpp"
#include "plugin_listing.hpp"
#include "plugin_text.hpp"
#include "process_watch.hpp"
#include "report.hpp"
#include "reward_trials.hpp"
#include "scratch.hpp"
#include "table.hpp"
#include "trials.hpp"

namespace trainbus::cli {
namespace {

OptionValues options_from(const Plugin& plugin, const Arguments& words) {
  OptionValues values("", plugin.options());
  for (const Argument& argument : parse_arguments(words, values.schema()))
    values.set(argument.name, argument.value, "command line");
  values.check_complete();
  return values;
}

// The file of a plugin id, without loading it.
std::filesystem::path file_of(const CheckRequest& request) {
  if (request.id_or_file.find('/') != std::string::npos) return request.id_or_file;
  Catalog catalog(request.plugin_path);
  for (const std::filesystem::path& folder : catalog.search_path())
    if (auto file = folder / (request.id_or_file + ".so"); std::filesystem::exists(file))
      return file;
  return catalog.load(request.id_or_file).file;  // its error names the places searched
}

// ---- in the child ----

const Plugin& load(const CheckRequest& request, const std::filesystem::path& file, Record& record) {
  record.enter("loading");
  const Plugin& plugin =
      Catalog(request.plugin_path).load(std::filesystem::absolute(file).string());
  record.leave();
  return plugin;
}

// Loads the file with dlopen first, to see what loading alone changes, and prints what it declares.
void examine(const CheckRequest& request, const std::filesystem::path& file, Record& record) {
  ProcessWatch watch;
  record.enter("loading");
  // A failure is reported by the catalog.
  dlopen(std::filesystem::absolute(file).c_str(), RTLD_NOW | RTLD_LOCAL);
  const std::vector<std::string> changes = watch.changes();
  const Plugin& plugin = load(request, file, record);
  options_from(plugin, request.options);
  const Library library = load_library(plugin.file, "");
  if (plugin.reward)
    print_declaration(plugin, *library.rewards);
  else
    print_declaration(plugin, *library.module);
  std::cout.flush();
  if (!changes.empty()) throw RunError("it changed " + joined(changes, ", "), "", "");
}

// The plugin, ready for a trial.
const Plugin& load_for_trial(const CheckRequest& request, const std::filesystem::path& file,
                             Record& record) {
  log::set_level(log::Level::Error);
  // The plugin's own output would mix with the trials.
  const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
  dup2(nowhere, STDOUT_FILENO);
  close(nowhere);
  return load(request, file, record);
}

void try_out(const CheckRequest& request, const std::filesystem::path& file, const Trial& trial,
             const std::filesystem::path& folder, Record& record) {
  const Plugin& plugin = load_for_trial(request, file, record);
  record.does_not_apply = trial.concerns && !trial.concerns(*plugin.observer);
  if (record.does_not_apply) return;
  const OptionValues options = options_from(plugin, request.options);
  trial.run({plugin, options, folder, request.trial_limit.count(), record});
}

void try_out(const CheckRequest& request, const std::filesystem::path& file,
             const RewardTrial& trial, const std::filesystem::path&, Record& record) {
  const Plugin& plugin = load_for_trial(request, file, record);
  const OptionValues options = options_from(plugin, request.options);
  RewardSubject subject{*plugin.reward,
                        plugin.id + " (" + plugin.file.string() + ")",
                        {},
                        request.trial_limit.count(),
                        record};
  for (const Option& option : plugin.options())
    subject.options[option.name] = options.text(option.name);
  trial.run(subject);
}

// ---- in the parent ----

class Check {
 public:
  Check(const CheckRequest& request, std::filesystem::path file)
      : request_(request), file_(std::move(file)) {}

  // Whether trials can be run.
  bool load() {
    const std::string problem =
        run_in_child(*record_, request_.trial_limit, [&] { examine(request_, file_, *record_); });
    refuse_if_refused();
    std::cout << "\nTrials\n";
    begin_line("loading");
    end_line(problem);
    return record_->finished;
  }

  template <class Trial>
  void run_all(std::span<const Trial> trials) {
    for (const Trial& trial : trials)
      if (!run(trial)) return;
  }

  // Whether further trials make sense.
  template <class Trial>
  bool run(const Trial& trial) {
    const Scratch scratch;
    *record_ = Record{};
    begin_line(trial.name);
    const std::string problem = run_in_child(*record_, request_.trial_limit, [&] {
      try_out(request_, file_, trial, scratch.path(), *record_);
    });
    if (trials_ == 2) refuse_if_refused();  // it could not be created
    if (record_->does_not_apply)
      std::cout << "does not apply" << std::endl;
    else
      end_line(problem);
    if (record_->requests[0] != '\0') requests_ = record_->requests;
    return !record_->timed_out;
  }

  int report(const std::vector<std::string>& warnings) const {
    print_measurements(*record_, requests_);
    if (!warnings.empty()) std::cout << '\n';
    for (const std::string& warning : warnings)
      std::cout << wrapped("warning: " + warning, 2, text_width()) << '\n';
    std::cout << '\n';
    if (failed_ == 0)
      std::cout << "passed\n";
    else
      std::cout << "failed " << failed_ << " of " << trials_ << " trials\n";
    return failed_ == 0 ? exit_done : exit_failed;
  }

 private:
  void refuse_if_refused() const {
    if (!record_->refused) return;
    std::cout << (trials_ > 0 ? "REFUSED" : "") << std::endl;
    throw PluginError(record_->problem, "", "");
  }
  // Before the trial, so that the last line names the current one.
  void begin_line(const char* name) {
    ++trials_;
    std::cout << "  " << name << " … " << std::flush;
  }
  void end_line(const std::string& problem) {
    if (problem.empty()) {
      std::cout << "ok" << std::endl;
      return;
    }
    ++failed_;
    std::cout << "FAILED\n    " << wrapped(problem, 4, text_width()) << std::endl;
  }

  const CheckRequest& request_;
  std::filesystem::path file_;
  SharedRecord record_;
  std::string requests_;
  int trials_ = 0, failed_ = 0;
};

}  // namespace

int check_plugin(const CheckRequest& request) {
  const std::filesystem::path file = file_of(request);
  const ElfFile elf(file);
  bool is_reward = false;
  for (const ListedPlugin& offered : plugins_in(file, "")) {
    is_reward = offered.role == "reward";
    if (offered.role == "optimizer")
      throw UsageError(
          "an optimizer cannot be checked, expected an observer or a reward", file.string(),
          "Try it in a run: trainbus train --task mlp --plugin " + request.id_or_file + ".");
  }
  print_file(elf, file);
  Check check(request, file);
  if (check.load()) {
    if (is_reward)
      check.run_all(reward_trials());
    else
      check.run_all(trials());
  }
  return check.report(file_warnings(elf));
}

}  // namespace trainbus::cli
