// Runs of language models on a device against those of the CPU: the same losses step by step,
// within what the storage can hold.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "device/device_steps.hpp"
#include "engine/trainer.hpp"
#include "support/memory_task.hpp"
#include "support/plugin_optimizer.hpp"
#include "support/tested_backend.hpp"
#include "support/tiny_families.hpp"

using namespace trainbus;
namespace data = boost::unit_test::data;

namespace {

constexpr std::uint64_t steps = 20;

struct Storage {
  kernels::Format format;
  double tolerance;
};
std::ostream& operator<<(std::ostream& out, const Storage& s) {
  return out << static_cast<int>(s.format);
}
const Storage storages[] = {{kernels::Format::Float32, 1e-4},
                            {kernels::Format::BFloat16, 4e-2},
                            {kernels::Format::BFloat16Residual, 4e-2},
                            {kernels::Format::BFloat16Split, 4e-2},
                            {kernels::Format::Float16, 1e-2}};

std::vector<double> losses_of(Model& model, const Batch& batch, StepDevice* device) {
  std::vector<double> losses;
  Bus bus;
  bus.observe("log", Role::Sink, 1u << TB_ON_STEP, [&](Event& e) {
    for (const tb_scalar& s : e.scalars)
      if (std::string_view(s.name.data, s.name.size) == "loss") losses.push_back(s.value);
  });
  const testing::MemoryTask task({batch});
  const auto optimizer =
      testing::make_optimizer("mezo", {{"lr", "2e-3"}, {"eps", "2e-2"}, {"lossy-updates", "yes"}});
  TrainerHooks hooks;
  hooks.device = device;
  Trainer(model, task, *optimizer, {.kind = ScheduleKind::Constant, .lr = 2e-3}, bus,
          {.max_steps = steps, .seed = 4}, hooks)
      .run();
  return losses;
}

}  // namespace

BOOST_TEST_DECORATOR(*boost::unit_test::precondition(testing::a_backend_is_there))
BOOST_DATA_TEST_CASE(twenty_steps_have_the_losses_of_the_cpu,
                     data::make(testing::families) * data::make(storages), family, storage) {
  const Batch batch = testing::tiny_batch(family);
  const auto here = testing::tiny_model(family, storage.format),
             there = testing::tiny_model(family, storage.format);
  const auto backend = testing::tested_backend();
  device::DeviceSteps device(
      *there, testing::make_optimizer("mezo", {{"lr", "2e-3"}, {"eps", "2e-2"}})->device_rule(),
      *backend);
  const std::vector<double> expected = losses_of(*here, batch, nullptr),
                            found = losses_of(*there, batch, &device);
  BOOST_TEST_REQUIRE(found.size() == steps);
  BOOST_TEST_REQUIRE(expected.size() == steps);
  for (std::size_t i = 0; i < steps; ++i)
    BOOST_TEST(found[i] == expected[i], boost::test_tools::tolerance(storage.tolerance));
}
