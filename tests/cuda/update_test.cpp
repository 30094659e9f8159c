// The GPU's updates against the CPU's, bit for bit.
#include <cmath>

#include "cuda/parameters.hpp"

using namespace trainbus;
using namespace trainbus::cuda::testing;
using boost::unit_test::precondition;

namespace {

void compare(Kind kind, const std::vector<Format>& formats, const Steps& steps,
             std::size_t offset = 0) {
  Model model(formats, offset);
  steps.on_cpu(model);
  steps.on_gpu(model, on_gpu(kind));
  check(model);
}

}  // namespace

BOOST_AUTO_TEST_CASE(an_update_gives_the_cpus_bits_in_every_format,
                     *precondition(a_device_is_there)) {
  for (const Kind kind : kinds)
    for (const Format format : all_formats) {
      BOOST_TEST_CONTEXT(kind << ", " << format) {
        compare(kind, {format}, {{{update_term(kind, 7, 3, 0.25f)}}, {0}});
        compare(kind, {format}, {{{update_term(kind, 8, 0, 2e-6f)}}, {0.01f}});
      }
    }
}

BOOST_AUTO_TEST_CASE(one_launch_updates_tensors_of_all_formats, *precondition(a_device_is_there)) {
  for (const Kind kind : kinds)
    compare(kind, all_formats, {{{update_term(kind, 1, 0, -3e-3f)}}, {1e-3f}});
}

BOOST_AUTO_TEST_CASE(tensors_that_begin_anywhere_are_updated_all_the_same,
                     *precondition(a_device_is_there)) {
  for (const Kind kind : kinds)
    compare(kind, all_formats, {{{update_term(kind, 1, 0, -3e-3f)}}, {1e-3f}}, 3);
}

BOOST_AUTO_TEST_CASE(several_directions_are_rounded_once, *precondition(a_device_is_there)) {
  for (const Kind kind : kinds) {
    std::vector<kernels::Term> terms;
    for (std::uint16_t k = 0; k < 5; ++k) terms.push_back(update_term(kind, 2, k, 1e-4f * (1 + k)));
    compare(kind, all_formats, {{terms}, {1e-2f}});
  }
}

BOOST_AUTO_TEST_CASE(a_replay_is_one_update_after_the_other, *precondition(a_device_is_there)) {
  for (const Kind kind : kinds) {
    Steps steps;
    for (std::uint32_t s = 0; s < 11; ++s) {
      steps.terms.push_back({update_term(kind, s, 0, 1e-4f * static_cast<float>(s))});
      if (s % 3 == 0) steps.terms.back().push_back(update_term(kind, s, 1, 3e-5f));
      steps.decays.push_back(s % 2 ? 1e-3f : 0);
    }
    steps.terms[5].clear();  // decay only
    compare(kind, all_formats, steps);
  }
}

BOOST_AUTO_TEST_CASE(a_step_whose_coefficient_is_not_finite_is_left_out,
                     *precondition(a_device_is_there)) {
  for (const float coefficient : {NAN, INFINITY, -INFINITY}) {
    Model model(all_formats);
    const Steps one{{{update_term(Kind::Rademacher, 1, 0, coefficient)}}, {0.1f}};
    one.on_gpu(model, cuda::Distribution::Rademacher);
    check(model);  // as it was

    const auto first = update_term(Kind::Rademacher, 1, 0, 1e-3f),
               last = update_term(Kind::Rademacher, 3, 0, 2e-3f);
    Steps{{{first}, {last}}, {0, 0}}.on_cpu(model);
    Steps{{{first}, {first, update_term(Kind::Rademacher, 2, 0, coefficient)}, {last}},
          {0, 0.5f, 0}}
        .on_gpu(model, cuda::Distribution::Rademacher);
    check(model);
  }
}

BOOST_AUTO_TEST_CASE(not_a_number_is_stored_by_the_rule, *precondition(a_device_is_there)) {
  for (const Format format : all_formats) {
    if (format == Format::Float32) continue;
    std::vector<float> values(768, NAN);
    values[1] = INFINITY;
    values[2] = -INFINITY;
    values[300] = 65519;
    values[301] = 65520;
    values[302] = 3.4028e38f;
    Twin twin(1, 3, 256, format, values);
    const kernels::Term t = update_term(Kind::Rademacher, 0, 0, 1e-3f);
    kernels::update(twin.stored(), twin.shape(), twin.id(), {&t, 1}, 0);
    cuda::Table table = cuda::lay_out({twin.tensor()});
    const DeviceVector<cuda::TableEntry> entries(table.host_entries);
    table.entries = entries.data();
    const DeviceVector<cuda::Term> terms({on_gpu(t)});
    const DeviceVector<cuda::UpdateStep> steps({{0, 1, 0}});
    succeed(cuda::update(table, {cuda::Distribution::Rademacher, steps.data(), 1, terms.data(), 1},
                         nullptr));
    BOOST_TEST(twin.agrees(), format);
  }
}
