#include "cuda/dual_plan.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <set>
#include <vector>

using namespace trainbus::cuda;

namespace {

const std::int64_t sizes[] = {1, 8, 64, 72, 129, 512, 768, 1000, 2048, 5120, 20480};

template <class Use>
void for_plans(const Use& use) {
  for (const std::int64_t rows : {1, 64, 100, 512, 1024, 5000})
    for (const std::int64_t inputs : sizes)
      for (const std::int64_t outputs : sizes)
        for (const int multiprocessors : {1, 7, 114, 132})
          use(plan_dual(rows, inputs, outputs, multiprocessors));
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_step_of_every_tile_is_done_once_and_no_slot_is_lost) {
  for_plans([](const DualPlan& plan) {
    std::map<int, int> steps_done;
    std::map<int, int> tile_of_slot;
    for (int worker = 0; worker < plan.workers; ++worker) {
      Piece piece;
      for (int number = 0; get_piece(plan, worker, number, piece); ++number) {
        BOOST_REQUIRE(piece.begin < piece.end);
        steps_done[piece.tile] += piece.end - piece.begin;
        if (piece.slot < 0) {
          BOOST_REQUIRE(piece.end - piece.begin == plan.steps);
        } else {
          BOOST_REQUIRE(piece.slot < plan.slots());
          BOOST_REQUIRE(tile_of_slot.emplace(piece.slot, piece.tile).second);
        }
      }
    }
    BOOST_REQUIRE(static_cast<int>(steps_done.size()) == plan.tiles);
    for (const auto& [tile, steps] : steps_done) BOOST_REQUIRE(steps == plan.steps);
    std::size_t read = 0;
    if (plan.share != 0)
      for (int number = 0; number < plan.cut_tiles(); ++number)
        for_slots(plan, number, [&](int slot) {
          BOOST_REQUIRE(tile_of_slot.at(slot) == plan.whole_tiles + number);
          ++read;
        });
    BOOST_REQUIRE(read == tile_of_slot.size());
  });
}

BOOST_AUTO_TEST_CASE(a_tile_that_all_multiprocessors_share_keeps_most_of_them_busy) {
  // 160 tiles of 128 by 128 on 132 multiprocessors: as whole tiles they take two waves.
  const DualPlan plan = plan_dual(512, 5120, 5120, 132);
  const int steps_of_all = plan.tiles * plan.steps;
  const int steps_of_one = plan.whole_tiles / plan.workers * plan.steps + plan.share;
  BOOST_TEST(steps_of_all >= 9 * plan.workers * steps_of_one / 10);
}
