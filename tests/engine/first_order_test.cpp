// SGD and AdamW against torch.optim.
#include <boost/test/unit_test.hpp>

#include "core/bus/bus.hpp"
#include "engine/trainer.hpp"
#include "models/families/mlp.hpp"
#include "support/memory_task.hpp"
#include "support/plugin_optimizer.hpp"
#include "support/vector_files.hpp"

using namespace trainbus;

namespace {

constexpr const char* names[] = {"fc1.weight",      "fc1.bias",   "layer_norm.weight",
                                 "layer_norm.bias", "fc2.weight", "fc2.bias"};

Mlp make_mlp(const testing::Tensors& start) {
  std::vector<at::Tensor> values;
  for (const char* name : names) values.push_back(start.at(name));
  Parameters parameters({std::begin(names), std::end(names)}, values);
  for (Parameter& parameter : parameters)
    parameter.decays = true;  // one group, as in the reference
  return Mlp(std::move(parameters));
}

std::map<std::string, std::string> options_of(const boost::json::object& given, double clip) {
  std::map<std::string, std::string> options{
      {"max-grad-norm", boost::json::serialize(boost::json::value(clip))}};
  const auto set = [&](const std::string& name, const boost::json::value& value) {
    options[name] =
        value.is_bool() ? (value.as_bool() ? "true" : "false") : boost::json::serialize(value);
  };
  for (const auto& [key, value] : given) {
    if (key == "betas") {
      set("beta1", value.as_array()[0]);
      set("beta2", value.as_array()[1]);
    } else {
      std::string name(key);
      for (char& c : name)
        if (c == '_') c = '-';
      set(name, value);
    }
  }
  return options;
}

void check_run(const std::string& name, const boost::json::object& run,
               const testing::Tensors& start, const testing::Tensors& final) {
  Mlp model = make_mlp(start);
  const auto& given = run.at("optimizer").as_object();
  const auto optimizer =
      testing::make_optimizer(given.contains("betas") ? "adamw" : "sgd",
                              options_of(given, testing::number(run.at("clip_norm"))));
  const auto& rows = run.at("rows").as_array();
  const auto micro_batches = run.at("accumulation").to_number<std::uint64_t>();
  // All of the run as one epoch: a window of the reference goes on over the end of the data.
  std::vector<Batch> batches;
  for (std::uint64_t i = 0; i < rows.size() * micro_batches; ++i) {
    const auto at = static_cast<std::int64_t>(i) % start.at("data.x").size(0);
    batches.push_back(testing::feature_batch(start.at("data.x")[at], start.at("data.y")[at]));
  }
  const testing::MemoryTask task(batches);
  Bus bus;
  std::vector<double> losses, norms;
  const tb_text loss = intern("loss"), norm = intern("grad_norm");
  bus.observe("probe", Role::Sink, 1u << TB_ON_FORWARD | 1u << TB_ON_STEP, [&](Event& e) {
    if (e.kind == EventKind::Forward)
      losses.push_back(*e.find(loss));
    else
      norms.push_back(*e.find(norm));
  });
  Trainer trainer(model, task, *optimizer, Schedule{ScheduleKind::Constant, optimizer->lr()}, bus,
                  {.max_steps = rows.size(), .micro_batches = micro_batches});
  trainer.run();
  std::size_t micro = 0;
  for (std::size_t step = 0; step < rows.size(); ++step) {
    for (const auto& expected : rows[step].as_array()[0].as_array()) {
      BOOST_TEST_CONTEXT(name << " step " << step)
      BOOST_TEST(losses.at(micro) == testing::number(expected), boost::test_tools::tolerance(1e-4));
      ++micro;
    }
    BOOST_TEST_CONTEXT(name << " step " << step)
    BOOST_TEST(norms.at(step) == testing::number(rows[step].as_array()[1]),
               boost::test_tools::tolerance(1e-3));
  }
  for (const char* parameter : names) {
    if (!final.contains(name + "/" + parameter)) {
      testing::skip("optim/" + name + ", final " + parameter, "the set does not have it");
      continue;
    }
    const at::Tensor& expected = final.at(name + "/" + parameter);
    const at::Tensor& found = model.parameters()[*model.parameters().find(parameter)].value;
    const double error = (found - expected).norm().item<double>() / expected.norm().item<double>();
    BOOST_TEST(error < 1e-4, name << " " << parameter << " differs by " << error);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(first_order_runs_follow_torch_optim_step_by_step) {
  const auto folder = testing::vectors();
  const auto document = testing::vector_json("optim.json");
  if (document.is_null()) return;
  const auto start = testing::read_tensors(folder / "optim/mlp_start.safetensors");
  const auto final = testing::read_tensors(folder / "optim/final.safetensors");
  for (const auto& [name, run] : document.at("runs").as_object())
    check_run(std::string(name), run.as_object(), start, final);
}
