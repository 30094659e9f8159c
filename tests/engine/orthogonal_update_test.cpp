// The orthogonalised update of low rank, against singular value decompositions.
#include "../../plugins/mezo/orthogonal_update.hpp"

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_svd.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/bus/bus.hpp"
#include "core/io/error.hpp"
#include "engine/trainer.hpp"
#include "models/families/mlp.hpp"
#include "support/plugin_optimizer.hpp"
#include "tasks/mlp/mlp_task.hpp"

using namespace trainbus;

namespace {

using PluginOptions = std::map<std::string, std::string>;
constexpr std::uint64_t seed = 11;

const MlpTask& synthetic() {
  static const MlpTask task({.features = 9, .classes = 3, .train_examples = 96, .batch_size = 8});
  return task;
}

Mlp fresh() {
  Mlp model{Parameters(Mlp::shapes(9, 16, 3))};
  model.initialize(4);
  return model;
}

// UVᵀ of the singular value decomposition UΣVᵀ, without directions whose singular value is 0.
at::Tensor polar(const at::Tensor& g) {
  const auto [u, s, vt] = at::linalg_svd(g.to(at::kDouble), /*full_matrices=*/false);
  const at::Tensor there = s.gt(s.max() * 1e-5).to(at::kDouble);
  return u.mul(there).mm(vt);
}

// The losses of every forward pass, in order.
std::vector<double> train(Mlp& model, std::uint64_t steps, const PluginOptions& options) {
  PluginOptions all{{"weights", "low-rank"}, {"orthogonal", "yes"}};
  all.insert(options.begin(), options.end());
  const auto optimizer = testing::make_optimizer("mezo", all);
  Bus bus(Bus::Options{.delivery = Bus::Delivery::Inline});
  std::vector<double> losses;
  bus.observe("probe", Role::Sink, 1u << TB_ON_FORWARD,
              [&](Event& e) { losses.push_back(*e.find(intern("loss"))); });
  Trainer(model, synthetic(), *optimizer, Schedule{ScheduleKind::Constant, optimizer->lr()}, bus,
          {.max_steps = steps, .seed = seed})
      .run();
  return losses;
}

}  // namespace

BOOST_AUTO_TEST_CASE(orthogonalising_leaves_the_factor_of_the_polar_decomposition) {
  for (const auto& [rows, rank] :
       {std::pair{64, 8}, {200, 32}, {9, 3}, {3, 5}, {5, 5}, {7, 1}, {1, 1}}) {
    at::Tensor g = at::randn({rows, rank}) * 1e-3;
    const at::Tensor expected = polar(g);
    mezo::orthogonalise(g.mutable_data_ptr<float>(), rows, rank);
    BOOST_TEST((g - expected).abs().max().item<double>() < 1e-4, rows << " by " << rank);
  }
}

BOOST_AUTO_TEST_CASE(what_is_nothing_stays_nothing) {
  at::Tensor zero = at::zeros({6, 3});
  mezo::orthogonalise(zero.mutable_data_ptr<float>(), 6, 3);
  BOOST_TEST(zero.eq(0).all().item<bool>());
  at::Tensor one_column = at::zeros({6, 3});
  one_column[2][1] = -4;
  mezo::orthogonalise(one_column.mutable_data_ptr<float>(), 6, 3);
  BOOST_TEST(std::abs(one_column[2][1].item<float>() + 1) < 1e-6f);
  BOOST_TEST(one_column.abs().sum().item<float>() < 1 + 1e-6f);
}

BOOST_AUTO_TEST_CASE(the_directions_of_some_steps_share_v_and_have_u_of_their_own) {
  const Mlp model = fresh();
  const auto z = [&](std::uint64_t step, std::size_t number) {
    return mezo::shared_subspace_direction(
        model.parameters(), {.seed = seed, .rank = 2, .refresh = 5}, step, number, 3);
  };
  const at::Tensor v = z(0, 0)->v(0), u = z(0, 0)->u(0);
  for (std::uint64_t step = 0; step < 11; ++step)
    for (const std::size_t number : {0, 1, 2}) {
      BOOST_TEST(z(step, number)->v(0).equal(v) == (step < 5));
      BOOST_TEST(z(step, number)->v(0).equal(z(step, 0)->v(0)));
      BOOST_TEST(z(step, number)->u(0).equal(u) == (step + number == 0));
    }
  BOOST_CHECK_THROW(z(0xFFFFFFFF / 3, 0), UsageError);
  // V of a refresh that is longer than any run.
  const auto kept = [&](std::uint64_t step) {
    return mezo::shared_subspace_direction(
        model.parameters(), {.seed = seed, .rank = 2, .refresh = 1000000000}, step, 0, 1000);
  };
  BOOST_TEST(kept(0)->v(0).equal(kept(4000000)->v(0)));
}

BOOST_AUTO_TEST_CASE(theta_moves_along_the_orthogonal_factor_of_what_the_directions_say) {
  constexpr double eps = 1e-3, lr = 0.02, decay = 0.1;
  constexpr std::size_t directions = 3;
  for (const char* sides : {"both", "plus"}) {
    Mlp model = fresh();
    const Mlp before = fresh();
    const std::vector<double> losses = train(model, 1,
                                             {{"directions", "3"},
                                              {"rank", "2"},
                                              {"sides", sides},
                                              {"lr", "0.02"},
                                              {"weight-decay", "0.1"}});
    std::vector<double> g(directions);
    const bool both = losses.size() == 2 * directions;
    BOOST_REQUIRE((both || losses.size() == directions));
    for (std::size_t i = 0; i < directions; ++i) {
      double mean = 0;
      for (const double loss : losses) mean += loss / static_cast<double>(losses.size());
      g[i] = both ? (losses[2 * i] - losses[2 * i + 1]) / (2 * eps) : (losses[i] - mean) / eps;
    }
    for (ParameterId id = 0; id < before.parameters().size(); ++id) {
      const Parameter& theta = before.parameters()[id];
      const bool vector = theta.value.dim() == 1;
      at::Tensor sum, v;
      for (std::size_t i = 0; i < directions; ++i) {
        const auto z = mezo::shared_subspace_direction(
            before.parameters(), {.seed = seed, .rank = 2, .refresh = 50}, 0, i, directions);
        at::Tensor u;
        if (vector) {
          u = at::zeros({theta.value.numel()});
          Parameter zero = theta;
          zero.value = at::zeros({theta.value.numel()});
          z->perturb(zero, id, 1, u.mutable_data_ptr<float>());
        } else {
          u = z->u(id);
          v = z->v(id);
        }
        sum = i == 0 ? u * g[i] : sum + u * g[i];
      }
      const at::Tensor move = vector ? sum / sum.norm()
                                     : polar(sum).mm(v.to(at::kDouble).t()) /
                                           std::sqrt(static_cast<double>(theta.value.size(1)));
      const at::Tensor expected = theta.value * (theta.decays ? 1 - lr * decay : 1.0) - lr * move;
      BOOST_TEST((model.parameters()[id].value - expected).abs().max().item<double>() < 2e-6,
                 theta.name << " " << sides);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_number_of_threads_changes_no_bit_of_an_orthogonal_update) {
  const int threads = at::get_num_threads();
  std::vector<Mlp> models;
  for (const int n : {1, 2}) {
    at::set_num_threads(n);
    train(models.emplace_back(fresh()), 5,
          {{"directions", "4"}, {"rank", "3"}, {"sides", "plus"}, {"lr", "0.02"}});
  }
  at::set_num_threads(threads);
  for (ParameterId id = 0; id < models[0].parameters().size(); ++id)
    BOOST_TEST(models[0].parameters()[id].value.equal(models[1].parameters()[id].value));
}

BOOST_AUTO_TEST_CASE(an_orthogonal_update_is_refused_where_it_means_nothing) {
  for (const PluginOptions& options : {PluginOptions{{"orthogonal", "yes"}},
                                       {{"orthogonal", "yes"}, {"directions", "2"}},
                                       {{"orthogonal", "yes"}, {"weights", "low-rank"}},
                                       {{"orthogonal", "yes"},
                                        {"weights", "low-rank"},
                                        {"directions", "2"},
                                        {"step-rule", "sign"}}})
    BOOST_CHECK_THROW(testing::make_optimizer("mezo", options), UsageError);
}
