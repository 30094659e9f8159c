// MeZO with LibTorch's generator against the published trainer's arithmetic.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>

#include "core/bus/bus.hpp"
#include "engine/directions/torch_direction.hpp"
#include "engine/trainer.hpp"
#include "formats/config/config.hpp"
#include "models/families/llama.hpp"
#include "models/families/mlp.hpp"
#include "models/files/config_file.hpp"
#include "support/language_batch.hpp"
#include "support/memory_task.hpp"
#include "support/plugin_optimizer.hpp"
#include "support/vector_files.hpp"

using namespace trainbus;

namespace {

// The run's seed is not in the vectors, only what it draws, the first number of each row: the
// smallest one that draws the first two.
std::uint64_t find_run_seed(const boost::json::array& rows) {
  const auto draws = [&](std::uint32_t run_seed) {
    StepSeeds seeds(run_seed);
    for (std::size_t step = 0; step < std::min<std::size_t>(rows.size(), 2); ++step)
      if (seeds.at(step) != rows[step].at(0).to_number<std::uint32_t>()) return false;
    return true;
  };
  for (std::uint32_t seed = 0; seed < 10'000'000; ++seed)
    if (draws(seed)) return seed;
  BOOST_FAIL("no run seed below 10,000,000 draws " << rows.front().at(0));
  return 0;
}

std::unique_ptr<Model> make_model(const std::string& family, const boost::json::array& order,
                                  const testing::Tensors& start) {
  std::vector<std::string> names;
  std::vector<at::Tensor> values;
  for (const auto& entry : order) {
    names.emplace_back(entry.as_array()[0].as_string());
    values.push_back(start.at(names.back()));
  }
  if (family == "mlp") return std::make_unique<Mlp>(Parameters(names, values));
  return std::make_unique<Llama>(read_config(testing::vectors() / "mezo/llama_config.json"),
                                 Parameters(names, values));
}

std::vector<Batch> make_batches(const std::string& family, const testing::Tensors& start) {
  std::vector<Batch> batches;
  if (family == "mlp")
    for (std::int64_t i = 0; i < start.at("data.x").size(0); ++i)
      batches.push_back(testing::feature_batch(start.at("data.x")[i], start.at("data.y")[i]));
  else
    for (std::int64_t i = 0; i < start.at("data.input_ids").size(0); ++i)
      batches.push_back(testing::language_batch(start.at("data.input_ids")[i],
                                                start.at("data.attention_mask")[i]));
  return batches;
}

double ulp(double loss) {
  return std::nextafterf(static_cast<float>(loss), INFINITY) - static_cast<float>(loss);
}

void check_run(const std::string& name, const boost::json::object& run,
               const testing::Tensors& final) {
  const std::string family(run.at("model").as_string());
  if (family != "mlp" && family != "llama")
    return testing::skip("mezo/" + name, "no test makes the model " + family);
  if (!testing::has_vectors("mezo/" + family + "_start.safetensors")) return;
  const auto start =
      testing::read_tensors(testing::vectors() / ("mezo/" + family + "_start.safetensors"));
  const auto model = make_model(family, run.at("parameter_order").as_array(), start);
  const testing::MemoryTask task(make_batches(family, start));
  const auto& rows = run.at("rows").as_array();
  const auto cell = [&](std::size_t step, std::size_t column) {
    return testing::number(rows[step].as_array()[column]);
  };
  const double lr = testing::number(run.at("lr")), eps = testing::number(run.at("eps"));
  const auto optimizer = testing::make_optimizer(
      "mezo", {{"rng", "torch"},
               {"lr", boost::json::serialize(run.at("lr"))},
               {"eps", boost::json::serialize(run.at("eps"))},
               {"weight-decay", boost::json::serialize(run.at("weight_decay"))}});
  Bus bus;
  std::size_t step = 0;
  bus.observe("compare", Role::Sink, 1u << TB_ON_STEP, [&](Event& e) {
    const auto at = [&](const char* metric) { return *e.find(intern(metric)); };
    BOOST_TEST_CONTEXT(name << " step " << step) {
      BOOST_TEST(at("seed") == cell(step, 0));
      BOOST_TEST(std::abs(at("loss_plus") - cell(step, 1)) <= 1e-5 * cell(step, 1));
      BOOST_TEST(std::abs(at("loss_minus") - cell(step, 2)) <= 1e-5 * cell(step, 2));
      BOOST_TEST(std::abs(at("projected_grad") - cell(step, 3)) <=
                 16 * ulp(cell(step, 1)) / (2 * eps));
      BOOST_TEST(std::abs(at("lr") - cell(step, 4)) <= 1e-12);
    }
    ++step;
  });
  const ScheduleKind kind = schedule_kind(std::string_view(run.at("schedule").as_string()));
  Trainer trainer(*model, task, *optimizer,
                  Schedule{kind, lr, 0, static_cast<std::int64_t>(rows.size())}, bus,
                  {.max_steps = rows.size(), .seed = find_run_seed(rows)});
  trainer.run();
  BOOST_TEST(step == rows.size());
  BOOST_TEST(bus.report().front().failures == 0u);
  for (const Parameter& parameter : model->parameters()) {
    if (!final.contains(name + "/" + parameter.name)) {
      testing::skip("mezo/" + name + ", final " + parameter.name, "the set does not have it");
      continue;
    }
    const at::Tensor& expected = final.at(name + "/" + parameter.name);
    const double error =
        (parameter.value - expected).norm().item<double>() / expected.norm().item<double>();
    BOOST_TEST(error <= 1e-4, name << " " << parameter.name << " differs by " << error);
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(torch_mode_follows_the_published_trainer_step_by_step) {
  const auto document = testing::vector_json("mezo.json");
  if (document.is_null()) return;
  const auto final = testing::read_tensors(testing::vectors() / "mezo/final.safetensors");
  for (const auto& [name, run] : document.at("runs").as_object())
    check_run(std::string(name), run.as_object(), final);
}

BOOST_AUTO_TEST_CASE(torch_directions_are_the_draws_of_the_reference) {
  const auto document = testing::vector_json("mezo.json");
  if (document.is_null()) return;
  for (const auto& [seed, sizes] : document.at("z").as_object()) {
    std::vector<Parameters::Shape> shapes;
    for (const auto& [size, values] : sizes.as_object())
      shapes.push_back({std::string(size), {static_cast<std::int64_t>(values.as_array().size())}});
    Parameters zeros(shapes);
    const TorchDirection z(zeros, std::stoull(std::string(seed)));
    ParameterId id = 0;
    for (const auto& [size, values] : sizes.as_object()) {
      std::vector<float> found(values.as_array().size());
      z.perturb(zeros[id], id, 1, found.data());
      for (std::size_t i = 0; i < found.size(); ++i)
        BOOST_TEST(std::abs(found[i] - testing::number(values.as_array()[i])) <= 1e-6,
                   "seed " << seed << " size " << size << " element " << i);
      ++id;
    }
  }
}
