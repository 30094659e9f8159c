#include "core/plan/run_spec.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "core/io/error.hpp"
#include "core/plan/recorded_run.hpp"
#include "core/plan/run_record.hpp"
#include "support/test_paths.hpp"

namespace {

using trainbus::PluginInstance;
using trainbus::RunRequest;
using trainbus::RunSpec;
using trainbus::UsageError;
using trainbus::VerbSchema;

const VerbSchema verb = {"train",
                         {{"Run",
                           {{"seed", "int", "42", "", 0, 1e9},
                            {"model", "path", ""},
                            {"task", "choice", "words", "", 1, 0, {"words", "points"}}}}},
                         {{"words", "", {{"data", "path", ""}, {"label", "text", ""}}},
                          {"points", "", {{"features", "int", "8"}}}},
                         "mezo",
                         {"ema", "progress", "csv"},
                         {}};

// Resolves a command line among the toy plugins, with a run file if there is text for one.
struct Run {
  explicit Run(std::string file_text = {}) : text(std::move(file_text)) {}

  RunSpec operator()(std::vector<std::string> arguments) {
    if (!text.empty()) {
      std::ofstream(scratch / "run.ini", std::ios::binary) << text;
      arguments.insert(arguments.begin(), (scratch / "run.ini").string());
    }
    arguments.insert(arguments.end(), {"--plugin-path", TOY_PLUGINS});
    request.arguments = std::move(arguments);
    return resolve_run(verb, request);
  }

  std::string names(std::vector<std::string> arguments) {
    std::string result;
    for (const PluginInstance& plugin : (*this)(std::move(arguments)).plugins)
      result += (result.empty() ? "" : " ") + plugin.name;
    return result;
  }

  std::string refusal(std::vector<std::string> arguments) {
    try {
      return "accepted: " + names(std::move(arguments));
    } catch (const trainbus::Error& error) {
      return error.what();
    }
  }

  std::string text;
  RunRequest request{.engine_tag = "test", .version = "9.9"};
  trainbus::testing::ScratchFolder scratch;
};

const PluginInstance& plugin(const RunSpec& spec, const std::string& name) {
  for (const PluginInstance& instance : spec.plugins)
    if (instance.name == name) return instance;
  throw std::runtime_error("no plugin " + name);
}

bool contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return true;
  BOOST_TEST_MESSAGE("not in: " << text);
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(run_spec)

BOOST_AUTO_TEST_CASE(a_run_that_lists_no_plugins_has_the_default_ones) {
  const RunSpec spec = Run()({});
  BOOST_TEST(Run().names({}) == "mezo ema progress csv");
  BOOST_REQUIRE(spec.optimizer());
  BOOST_TEST(spec.optimizer()->name == "mezo");
  BOOST_TEST(plugin(spec, "csv").source == "default");
  BOOST_TEST(spec.run_file == "");
}

BOOST_AUTO_TEST_CASE(plugin_lines_of_a_file_replace_the_default_list) {
  Run run("plugin = sgd\nplugin = slow=ema\n");
  BOOST_TEST(run.names({}) == "sgd slow");
  BOOST_TEST(contains(plugin(run({}), "slow").source, "run.ini:2"));
  BOOST_TEST(plugin(run({}), "slow").plugin->id == "ema");
  BOOST_TEST(contains(Run("plugin = ema\n").refusal({}), "no optimizer"));
}

BOOST_AUTO_TEST_CASE(plugins_of_the_command_line_are_added) {
  BOOST_TEST(Run().names({"--plugin", "jsonl"}) == "mezo ema progress csv jsonl");
  BOOST_TEST(Run("plugin = sgd\n").names({"--plugin", "slow=ema"}) == "sgd slow");
  BOOST_TEST(Run().names({"--plugin", TOY_PLUGINS "/jsonl.so"}) == "mezo ema progress csv jsonl");
  BOOST_TEST(Run().names({"--plugin", "x=" TOY_PLUGINS "/jsonl.so"}) == "mezo ema progress csv x");
}

BOOST_AUTO_TEST_CASE(an_optimizer_of_the_command_line_replaces_the_other_one) {
  BOOST_TEST(Run().names({"--plugin", "sgd"}) == "ema progress csv sgd");
  BOOST_TEST(Run("plugin = adamw\nplugin = ema\n").names({"--plugin", "sgd"}) == "ema sgd");
  BOOST_TEST(Run().names({"--plugin", "mezo"}) == "ema progress csv mezo");
  BOOST_TEST(contains(Run().refusal({"--plugin", "sgd", "--plugin", "adamw"}), "both optimizers"));
  BOOST_TEST(contains(Run("plugin = sgd\nplugin = mezo\n").refusal({}), "both optimizers"));
}

BOOST_AUTO_TEST_CASE(without_leaves_out_by_name) {
  BOOST_TEST(Run().names({"--without", "csv", "--without=ema"}) == "mezo progress");
  BOOST_TEST(Run("without = csv\n").names({}) == "mezo ema progress");
  BOOST_TEST(contains(Run().refusal({"--without", "cvs"}), "'csv'?"));
  BOOST_TEST(contains(Run().refusal({"--without", "mezo"}), "no optimizer"));
  const std::string file = TOY_PLUGINS "/jsonl.so";
  BOOST_TEST(Run("plugin = sgd\nplugin = " + file + "\n").names({"--without", "jsonl"}) == "sgd");
}

BOOST_AUTO_TEST_CASE(a_plugin_that_cannot_be_loaded_can_be_left_out) {
  Run run("plugin = sgd\nplugin = absent\n");
  BOOST_TEST(contains(run.refusal({}), "absent"));
  BOOST_TEST(run.names({"--without", "absent"}) == "sgd");
}

BOOST_AUTO_TEST_CASE(two_instances_need_two_names) {
  BOOST_TEST(contains(Run().refusal({"--plugin", "ema"}), "two plugins are named 'ema'"));
  BOOST_TEST(contains(Run().refusal({"--plugin", "ema"}), "NAME=ema"));
  BOOST_TEST(Run().names({"--plugin", "a=ema", "--plugin", "b=ema"}) ==
             "mezo ema progress csv a b");
}

BOOST_AUTO_TEST_CASE(names_that_could_not_be_addressed_are_refused) {
  for (const char* wish : {"task=ema", "a b=ema", "=ema", "x="})
    BOOST_TEST(!contains(Run().refusal({"--plugin", wish}), "accepted"));
}

BOOST_AUTO_TEST_CASE(disable_tqdm_leaves_out_what_draws_on_the_terminal) {
  Run run;
  BOOST_TEST(run.names({"--disable-tqdm"}) == "mezo ema csv");
  BOOST_TEST(run.names({"--disable-tqdm=no"}) == "mezo ema progress csv");
  BOOST_TEST(Run("disable-tqdm = yes\n").names({}) == "mezo ema csv");
  // Toggling the bar must not make the bar's own options errors.
  BOOST_TEST(run.names({"--disable-tqdm", "--progress.every", "5"}) == "mezo ema csv");
  BOOST_TEST(run({"--disable-tqdm"}).left_out.at(0).name == "progress");
}

BOOST_AUTO_TEST_CASE(the_command_line_wins_over_the_file_and_the_file_over_defaults) {
  Run run("seed = 1\nmodel = from-file\n[mezo]\nlr = 1e-3\neps = 0.5\n");
  const RunSpec spec = run({"--mezo.lr", "1e-2", "--model=from-line"});
  BOOST_TEST(spec.run.text("model") == "from-line");
  BOOST_TEST(spec.run.value("model").source == "command line");
  BOOST_TEST(spec.run.integer("seed") == 1);
  BOOST_TEST(contains(spec.run.value("seed").source, "run.ini:1"));
  BOOST_TEST(plugin(spec, "mezo").options.text("lr") == "0.01");
  BOOST_TEST(plugin(spec, "mezo").options.text("eps") == "0.5");
  BOOST_TEST(contains(plugin(spec, "mezo").options.value("eps").source, "run.ini:5"));
  BOOST_TEST(plugin(spec, "csv").options.value("every").source == "default");
}

BOOST_AUTO_TEST_CASE(instances_of_one_plugin_have_options_of_their_own) {
  const RunSpec spec = Run("[slow]\nevery = 9\n")({"--plugin", "slow=ema", "--ema.every", "3"});
  BOOST_TEST(plugin(spec, "slow").options.integer("every") == 9);
  BOOST_TEST(plugin(spec, "ema").options.integer("every") == 3);
}

BOOST_AUTO_TEST_CASE(the_chosen_task_says_which_task_options_there_are) {
  Run run("[task]\ndata = a.csv\nlabel = \" Negative\"\n");
  BOOST_TEST(run({}).task.text("label") == " Negative");
  BOOST_TEST(run({"--task.data", "b.csv"}).task.text("data") == "b.csv");
  BOOST_TEST(Run()({"--task", "points", "--task.features=2"}).task.integer("features") == 2);
  BOOST_TEST(Run("task = points\n[task]\nfeatures = 3\n")({}).task.integer("features") == 3);
  BOOST_TEST(contains(Run().refusal({"--task.features=2"}),
                      "--task.features: the task words has no option 'features', points has"));
  BOOST_TEST(contains(run.refusal({"--task", "points"}),
                      "the task points (command line) has no option 'data', words has"));
  BOOST_TEST(contains(Run().refusal({"--task.featurs=2"}), "--task.featurs: unknown option"));
  BOOST_TEST(
      contains(Run().refusal({"--task", "word"}), "found 'word', expected one of words, points"));
}

BOOST_AUTO_TEST_CASE(the_model_says_what_it_was_trained_for_unless_the_run_does) {
  Run run;
  const std::string model = run.scratch / "model";
  std::filesystem::create_directories(model);
  const auto says = [&](const char* json) { std::ofstream(model + "/trainbus.json") << json; };
  says(R"({"task":"points","features":"5","of_a_later_version":"x","number":1})");
  const RunSpec spec = run({"--model", model});
  BOOST_TEST(spec.run.text("task") == "points");
  BOOST_TEST(spec.run.value("task").source == model + "/trainbus.json");
  BOOST_TEST(spec.task.integer("features") == 5);
  BOOST_TEST(run({"--model", model, "--task.features", "6"}).task.integer("features") == 6);
  // The other task has nothing of it.
  BOOST_TEST(run({"--model", model, "--task", "words"}).task.text("data").empty());
  BOOST_TEST(contains(run.refusal({"--model", model, "--task.data", "a.csv"}),
                      "the task points (" + model + "/trainbus.json) has no option 'data'"));
  says(R"({"task":"none-such"})");
  BOOST_TEST(contains(run.refusal({"--model", model}), "found 'none-such'"));
  BOOST_TEST(run({"--model", model, "--task", "words"}).run.text("task") == "words");
  says("[]");
  BOOST_TEST(contains(run.refusal({"--model", model}), "is no JSON object"));
  // A run's folder means the model in it.
  std::filesystem::create_directories(run.scratch / "a run/model");
  std::ofstream(run.scratch / "a run/model/config.json") << "{}";
  std::ofstream(run.scratch / "a run/model/trainbus.json") << R"({"task":"points"})";
  BOOST_TEST(run({"--model", run.scratch / "a run"}).run.text("task") == "points");
}

BOOST_AUTO_TEST_CASE(unknown_and_doubled_keys_are_errors_with_file_and_line) {
  BOOST_TEST(contains(Run("seed = 1\nsede = 2\n").refusal({}), "run.ini:2: unknown option 'sede'"));
  BOOST_TEST(contains(Run("sede = 2\n").refusal({}), "'seed'?"));
  BOOST_TEST(contains(Run("[mezo]\nlrr = 2\n").refusal({}), "unknown option 'lrr' in [mezo]"));
  BOOST_TEST(
      contains(Run("seed = 1\n\nseed = 1\n").refusal({}), "run.ini:3: 'seed' is given twice"));
  BOOST_TEST(contains(Run("[mezzo]\n").refusal({}), "'mezo'?"));
  BOOST_TEST(contains(Run("plugin = mezo\n[csv]\n").refusal({}), "[csv] belongs to no plugin"));
  BOOST_TEST(contains(Run("[mezo]\nlr = 2\n").refusal({}), "run.ini:2: mezo.lr: found '2'"));
  BOOST_TEST(contains(Run("mezo.lr = 2\n").refusal({}), "unknown option 'mezo.lr'"));
}

BOOST_AUTO_TEST_CASE(a_files_section_for_what_the_command_line_left_out_is_no_error) {
  Run run("[csv]\npath = x\n[mezo]\nlr = 0.1\n");
  BOOST_TEST(run.names({"--without", "csv"}) == "mezo ema progress");
  BOOST_TEST(run.names({"--plugin", "sgd"}) == "ema progress csv sgd");
  BOOST_TEST(contains(run.refusal({"--without", "csv", "--csv.path", "y"}), "not in this run"));
}

BOOST_AUTO_TEST_CASE(unknown_options_of_the_command_line_get_the_nearest_of_all) {
  BOOST_TEST(contains(Run().refusal({"--sede", "1"}), "'--seed'?"));
  BOOST_TEST(contains(Run().refusal({"--mezo.epss", "1"}), "'--mezo.eps'?"));
  BOOST_TEST(contains(Run().refusal({"--seed", "1", "run.ini"}), "found 'run.ini'"));
  BOOST_TEST(contains(Run().refusal({"--csv.every", "0"}), "--csv.every: found '0'"));
}

BOOST_AUTO_TEST_CASE(a_verb_without_plugins_takes_none) {
  const VerbSchema plain = {"eval", {{"Run", {{"seed", "int", "1"}}}}, {}, "", {}, {}};
  RunRequest request{.arguments = {"--seed", "5"}};
  const RunSpec spec = resolve_run(plain, request);
  BOOST_TEST(spec.run.integer("seed") == 5);
  BOOST_TEST(spec.plugins.empty());
  BOOST_TEST(!spec.optimizer());
  request.arguments = {"--plugin", "csv"};
  BOOST_CHECK_THROW(resolve_run(plain, request), UsageError);
}

BOOST_AUTO_TEST_CASE(a_verb_without_plugins_reads_the_run_files_of_one_with_them) {
  const VerbSchema plain = {"eval", {{"Run", {{"seed", "int", "1"}}}}, {}, "", {}, {"max-steps"}};
  const trainbus::testing::ScratchFolder scratch;
  const auto resolve = [&](const std::string& text) {
    std::ofstream(scratch / "run.ini", std::ios::binary) << text;
    return resolve_run(plain, {.arguments = {(scratch / "run.ini").string()}});
  };
  BOOST_TEST(resolve("seed = 7\nmax-steps = 9\n[mezo]\nlr = 1\n").run.integer("seed") == 7);
  BOOST_CHECK_THROW(resolve("max-step = 9\n"), trainbus::UsageError);
}

BOOST_AUTO_TEST_CASE(the_record_has_every_value_its_source_and_the_files_digests) {
  const RunSpec spec = Run()({"--seed", "7", "--csv.key", "hunter2", "--without", "ema"});
  const std::string text = to_json(spec);
  const auto record = boost::json::parse(text);
  BOOST_TEST(record.at("trainbus").as_string() == "9.9");
  BOOST_TEST(record.at("verb").as_string() == "train");
  BOOST_TEST(record.at("options").at("seed").at("value").as_int64() == 7);
  BOOST_TEST(record.at("options").at("seed").at("source").as_string() == "command line");
  BOOST_TEST(record.at("options").at("disable-tqdm").at("value").as_bool() == false);
  BOOST_TEST(record.at("left_out").at(0).at("name").as_string() == "ema");
  const auto& mezo = record.at("plugins").at(0);
  BOOST_TEST(mezo.at("role").as_string() == "optimizer");
  BOOST_TEST(mezo.at("options").at("lr").at("value").as_double() == 1e-6);
  BOOST_TEST(mezo.at("sha256").as_string() == trainbus::sha256_file(TOY_PLUGINS "/mezo.so"));
  BOOST_TEST(text.find("hunter2") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_run_asked_again_from_its_record_is_the_same_run) {
  Run run;
  const RunSpec first = run({"--seed", "7", "--task.label", " Nega\ttive ", "--without", "ema",
                             "--plugin", "slow=ema", "--mezo.lr", "3e-7"});
  const std::string record = to_json(first);
  const trainbus::RunFile file = trainbus::recorded_options(record, "run.json");
  run.request.recorded = &file;
  const RunSpec again = run({});
  BOOST_TEST(trainbus::changes_since(record, again).empty());
  BOOST_TEST(again.task.text("label") == " Nega\ttive ");
  BOOST_TEST(plugin(again, "mezo").options.real("lr") == 3e-7);
  BOOST_TEST(plugin(again, "mezo").options.value("lr").source == "run.json");
  BOOST_TEST(again.run.is_default("model"));
  BOOST_TEST(run.names({}) == "mezo progress csv slow");
}

BOOST_AUTO_TEST_CASE(what_is_another_than_in_the_record_is_told_with_both_values) {
  Run run;
  const std::string record = to_json(run({"--seed", "7"}));
  const trainbus::RunFile file = trainbus::recorded_options(record, "run.json");
  run.request.recorded = &file;
  const RunSpec again = run({"--seed", "8", "--without", "csv", "--plugin", "slow=ema"});
  std::string told;
  for (const trainbus::OptionChange& change : trainbus::changes_since(record, again))
    told += change.option + ": " + change.before + " -> " + change.after + "\n";
  BOOST_TEST(told == "seed: 7 -> 8\nplugin csv: csv -> (none)\nplugin slow: (none) -> ema\n");
}

// As earlier builds wrote them again, which read decimals with Boost.JSON 1.81.
BOOST_AUTO_TEST_CASE(a_number_that_a_record_has_one_unit_in_the_last_place_beside_is_no_change) {
  Run run;
  std::string record = to_json(run({"--mezo.lr", "3e-7"}));
  const std::string lr = "3E-7";
  BOOST_TEST_REQUIRE(record.find(lr) != std::string::npos);
  record.replace(record.find(lr), lr.size(), "3.0000000000000004E-7");
  BOOST_TEST(trainbus::changes_since(record, run({"--mezo.lr", "3e-7"})).empty());
  BOOST_TEST(trainbus::changes_since(record, run({"--mezo.lr", "3.0001e-7"})).size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_secret_is_not_recorded_and_has_to_be_given_again) {
  Run run;
  const std::string record = to_json(run({"--csv.key", "hunter2"}));
  const trainbus::RunFile file = trainbus::recorded_options(record, "run.json");
  run.request.recorded = &file;
  BOOST_TEST(plugin(run({}), "csv").options.is_default("key"));
}

BOOST_AUTO_TEST_CASE(what_is_no_record_of_a_run_is_refused) {
  for (const char* text : {"", "{", "[]", "{}", "{\"options\":{}}",
                           "{\"options\":{},\"task\":{},\"plugins\":{}}", "null"})
    BOOST_CHECK_THROW(trainbus::recorded_options(text, "run.json"), UsageError);
}

BOOST_AUTO_TEST_SUITE_END()
