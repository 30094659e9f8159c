// Output for users: help, lists, plans and errors, as accepted in golden/.
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "golden.hpp"
#include "support/sanitized.hpp"
#include "support/test_paths.hpp"

namespace {

using trainbus::testing::check_golden;

// A folder with one run file in it.
struct Folder {
  explicit Folder(const std::string& run_file) {
    std::ofstream(scratch / "run.ini", std::ios::binary) << run_file;
  }
  trainbus::testing::Setting setting() const { return {scratch.path(), {}}; }
  trainbus::testing::ScratchFolder scratch;
};

constexpr const char* run_file = R"(# fine-tune on reviews
model = models/opt-125m
max-steps = 500
disable-tqdm = no

[task]
data = reviews.csv
template = "{text}\nSentiment:"
labels = "rotten: Negative|fresh: Positive"

[mezo]
lr = 2e-6

[csv]
path = loss.csv
)";

}  // namespace

BOOST_AUTO_TEST_SUITE(golden)

BOOST_AUTO_TEST_CASE(help_is_an_overview_for_newcomers) {
  check_golden("help", {"--help"});
  check_golden("no_verb", {});
  check_golden("version", {"--version"});
}

BOOST_AUTO_TEST_CASE(help_of_a_verb_shows_its_options_and_those_of_its_plugins) {
  check_golden("help_train", {"train", "--help"});
  check_golden("help_eval", {"help", "eval"});
  check_golden("help_probe", {"help", "probe"});
  check_golden("help_plugins", {"plugins", "--help"});
  check_golden("help_new_plugin", {"help", "new-plugin"});
  check_golden("help_narrow", {"help", "predict"}, {"/", {"COLUMNS=50"}});
  check_golden("help_with_jsonl", {"train", "--plugin", "jsonl", "--without", "csv", "-h"});
}

BOOST_AUTO_TEST_CASE(plugins_are_listed_and_shown) {
  check_golden("plugins_list", {"plugins", "list"});
  check_golden("plugins_list_narrow", {"plugins", "list"}, {"/", {"COLUMNS=50"}});
  check_golden("plugins_show_metric", {"plugins", "show", "ema"});
  check_golden("plugins_show_optimizer", {"plugins", "show", "mezo"});
  check_golden("plugins_show_nothing", {"plugins", "show"});
  check_golden("plugins_typed_wrong", {"plugins", "lst"});
  check_golden("plugins_show_unknown", {"plugins", "show", "tensorbord"});
}

// With a sanitizer in the plugins it finds other symbols, memory, threads and ends of processes.
BOOST_AUTO_TEST_CASE(plugins_are_checked_in_a_process_of_their_own,
                     *boost::unit_test::enable_if<!trainbus::testing::is_sanitized>()) {
  check_golden("check_good", {"plugins", "check", "csv", "--every", "10"});
  check_golden("check_squeamish", {"plugins", "check", "acme.squeamish"});
  check_golden("check_crash", {"plugins", "check", "acme.crash"});
  check_golden("check_optimizer", {"plugins", "check", "mezo"});
  check_golden("check_unknown", {"plugins", "check", "cvs"});
  check_golden("check_missing", {"plugins", "check", "./absent.so"});
  check_golden("check_unknown_option", {"plugins", "check", "csv", "--evry", "10"});
  check_golden("check_bad_limit", {"plugins", "check", "csv", "--trial-limit", "soon"});
}

BOOST_AUTO_TEST_CASE(describe_tells_every_value_and_its_source) {
  const Folder folder(run_file);
  check_golden("describe",
               {"describe", "run.ini", "--plugin", "slow=ema", "--slow.every=5", "--without",
                "tensorboard", "--mezo.lr", "3e-6", "--name", "trial"},
               folder.setting());
}

BOOST_AUTO_TEST_CASE(describe_can_leave_out_the_defaults) {
  const Folder folder(run_file);
  check_golden("describe_changed",
               {"describe", "run.ini", "--changed", "--mezo.lr", "3e-6", "--name", "trial"},
               folder.setting());
}

BOOST_AUTO_TEST_CASE(refusals_on_the_command_line_name_the_option_and_the_nearest_one) {
  check_golden("unknown_verb", {"trian"});
  check_golden("unknown_option", {"train", "--max-step", "5"});
  check_golden("unknown_plugin_option", {"train", "--mezo.lrr", "1"});
  check_golden("doubled_option", {"train", "--mezo.lr", "1", "--mezo.lr", "1"});
  check_golden("bad_value", {"train", "--lr-schedule", "linaer"});
  check_golden("missing_value", {"train", "--model"});
  check_golden("stray_word", {"train", "--model", "m", "run.ini"});
  check_golden("no_model", {"train"});
  check_golden("unknown_task", {"train", "--task", "translate"});
}

BOOST_AUTO_TEST_CASE(refusals_of_plugins_name_file_and_remedy) {
  const Folder folder("");
  std::ofstream(folder.scratch / "text.so") << "this is not a plugin";
  check_golden("unknown_plugin", {"train", "--plugin", "tensorbord"});
  check_golden("no_plugin", {"train", "--plugin", "./text.so"}, folder.setting());
  check_golden("two_optimizers", {"train", "--plugin", "sgd", "--plugin", "adamw"});
  check_golden("no_optimizer", {"train", "--without", "mezo"});
  check_golden("unknown_without", {"train", "--without", "cvs"});
  check_golden("doubled_plugin", {"train", "--plugin", "csv"});
}

BOOST_AUTO_TEST_CASE(refusals_of_run_files_name_file_and_line) {
  check_golden("file_missing", {"train", "absent.ini"});
  check_golden("file_doubled_key", {"train", "run.ini"}, Folder("seed = 1\nseed = 2\n").setting());
  check_golden("file_unknown_key", {"train", "run.ini"}, Folder("[mezo]\nlrr = 1\n").setting());
  check_golden("file_unknown_section", {"train", "run.ini"}, Folder("\n[mzo]\n").setting());
  check_golden("file_bad_value", {"train", "run.ini"}, Folder("[mezo]\nlr = fast\n").setting());
}

BOOST_AUTO_TEST_SUITE_END()
