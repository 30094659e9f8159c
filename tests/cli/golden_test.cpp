// Output for users: help, lists, plans and errors, as accepted in golden/.
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "golden.hpp"
#include "support/sanitized.hpp"
#include "support/test_paths.hpp"

namespace {

using trainbus::testing::check_golden;

// Two letters, a blank and the bytes of \u00E9, as GPT-2 has them.
constexpr const char* tokenizer_json = R"({
"added_tokens": [{"id": 0, "content": "<s>", "special": true}],
"pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
"post_processor": {"type": "TemplateProcessing", "special_tokens": {
  "<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}},
  "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}]},
"decoder": {"type": "ByteLevel"},
"model": {"type": "BPE", "merges": ["a b", "\u0120 ab"], "vocab":
  {"<s>": 0, "a": 1, "b": 2, "\u0120": 3, "ab": 4, "\u0120ab": 5, "\u00C3": 6, "\u00A9": 7}}
})";

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
  check_golden("help_generate", {"generate", "--help"});
  check_golden("help_plugins", {"plugins", "--help"});
  check_golden("help_models", {"help", "models"});
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

BOOST_AUTO_TEST_CASE(tokenize_shows_what_a_model_reads) {
  const Folder folder("");
  std::ofstream(folder.scratch / "tokenizer.json") << tokenizer_json;
  std::ofstream(folder.scratch / "texts.jsonl") << "\"ab ab\"\n{\"text\": \"\\u00e9a\"}\n";
  std::ofstream(folder.scratch / "texts.txt") << "ab ab\n\n<s> b\n";
  std::ofstream(folder.scratch / "ids.txt") << "0 4, 5\n[6,7]\n";
  const auto check = [&](const std::string& name, std::vector<std::string> more) {
    more.insert(more.begin(), {"tokenize", "--model", "."});
    check_golden(name, more, folder.setting());
  };
  check("tokenize", {"--text", "ab ab\xC3\xA9"});
  check("tokenize_json", {"--input", "texts.jsonl", "--json"});
  check("tokenize_lines", {"--input", "texts.txt", "--no-special"});
  check("tokenize_decode", {"--decode", "--input", "ids.txt"});
  check("tokenize_decode_json", {"--decode", "--text", "[5,6,7]", "--json"});
  check("tokenize_no_id", {"--decode", "--text", "1 x"});
  check("tokenize_no_array", {"--decode", "--text", "[1, 2"});
  check("tokenize_no_token", {"--decode", "--text", "9"});
  check("tokenize_two_inputs", {"--text", "a", "--input", "texts.txt"});
  check("tokenize_no_text", {"--input", "run.ini", "--json"});
  check_golden("tokenize_no_model", {"tokenize", "--text", "a"});
  check_golden("help_tokenize", {"help", "tokenize"});
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
