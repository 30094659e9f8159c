// Dealing: whoever is lost, each item is one present process's, and none is forgotten or dealt
// twice. Compared with a plain table on random losses.
#include "core/ranks/dealing.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <string>

namespace trainbus::testing {
namespace {

using ranks::Dealing;
using ranks::Hand;
using ranks::WorkerId;
using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t end) { return random() % end; }

// Dealing as its header says it, by searching.
struct PlainDealing {
  std::vector<WorkerId> holders;
  std::vector<bool> done;

  PlainDealing(std::size_t items, const std::vector<WorkerId>& players) : done(items) {
    for (std::size_t item = 0; item < items; ++item)
      holders.push_back(players[item % players.size()]);
  }
  bool is_open(std::size_t item, WorkerId player) const {
    return holders[item] == player && !done[item];
  }
  std::size_t open_of(WorkerId player) const {
    std::size_t open = 0;
    for (std::size_t item = 0; item < done.size(); ++item) open += is_open(item, player);
    return open;
  }
  std::optional<std::size_t> next_of(WorkerId player) const {
    for (std::size_t item = 0; item < done.size(); ++item)
      if (is_open(item, player)) return item;
    return std::nullopt;
  }
  std::vector<std::size_t> deal_anew(WorkerId lost, std::vector<WorkerId> others) {
    std::vector<std::size_t> burdens, dealt;
    for (const WorkerId other : others) burdens.push_back(open_of(other));
    std::vector<std::size_t> order(others.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::ranges::stable_sort(order, {}, [&](std::size_t i) { return burdens[i]; });
    for (std::size_t item = 0; item < done.size(); ++item)
      if (is_open(item, lost)) {
        holders[item] = others[order[dealt.size() % order.size()]];
        dealt.push_back(item);
      }
    return dealt;
  }
};

void compare(const Dealing& dealing, const PlainDealing& plain,
             const std::vector<WorkerId>& everybody) {
  std::size_t open = 0;
  for (std::size_t item = 0; item < dealing.items(); ++item) {
    BOOST_TEST(dealing.holder(item) == plain.holders[item]);
    BOOST_TEST(dealing.is_done(item) == plain.done[item]);
  }
  for (const WorkerId player : everybody) {
    BOOST_TEST(dealing.open_of(player) == plain.open_of(player));
    BOOST_TEST((dealing.next_of(player) == plain.next_of(player)));
    open += dealing.open_of(player);
  }
  BOOST_TEST(dealing.all_done() == (open == 0));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(dealing_test)

BOOST_AUTO_TEST_CASE(a_hand_and_the_dealing_agree) {
  for (const std::size_t items : {0, 1, 2, 7, 8, 9, 64})
    for (const std::uint32_t count : {1, 2, 3, 8, 9}) {
      std::vector<WorkerId> players;
      for (std::uint32_t i = 0; i < count; ++i) players.push_back(7 * i % 31);
      const Dealing dealing(items, players);
      for (const WorkerId player : players) {
        const Hand hand = dealing.hand_of(player);
        BOOST_TEST(hand.hands == count);
        for (std::size_t item = 0; item < items; ++item)
          BOOST_TEST(hand.has(item) == (dealing.holder(item) == player));
      }
      BOOST_TEST((dealing.hand_of(1000) == Hand::none(count)));
      BOOST_TEST(!Hand::none(count).has(0));
    }
}

BOOST_AUTO_TEST_CASE(nobody_has_more_than_one_item_more_than_another) {
  const Dealing dealing(10, {0, 5, 3});
  BOOST_TEST(dealing.open_of(0) == 4u);
  BOOST_TEST(dealing.open_of(5) == 3u);
  BOOST_TEST(dealing.open_of(3) == 3u);
  BOOST_TEST(dealing.open_of(4) == 0u);
}

BOOST_AUTO_TEST_CASE(only_the_holder_finishes_an_item_and_once) {
  Dealing dealing(3, {0, 1});
  BOOST_TEST(!dealing.finish(1, 0));
  BOOST_TEST(!dealing.finish(3, 0));
  BOOST_TEST(!dealing.finish(1, 2));
  BOOST_TEST(dealing.finish(1, 1));
  BOOST_TEST(!dealing.finish(1, 1));
  BOOST_TEST(!dealing.all_done());
}

BOOST_AUTO_TEST_CASE(the_least_burdened_gets_a_lost_item_first) {
  Dealing dealing(6, {0, 1, 2});
  dealing.finish(2, 2);
  dealing.finish(5, 2);
  const WorkerId others[] = {0, 2};
  BOOST_TEST(dealing.deal_anew(1, others) == (std::vector<std::size_t>{1, 4}),
             boost::test_tools::per_element());
  BOOST_TEST(dealing.holder(1) == 2u);
  BOOST_TEST(dealing.holder(4) == 0u);
  BOOST_TEST(!dealing.finish(1, 1));  // an answer of the lost one that comes after all
}

BOOST_AUTO_TEST_CASE(random_losses_leave_each_item_with_one_of_those_present) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      Random random(seed);
      std::vector<WorkerId> everybody, present;
      for (WorkerId id = 0; id < 1 + below(random, 12); ++id) everybody.push_back(id);
      std::ranges::shuffle(everybody, random);
      present = everybody;
      const std::size_t items = below(random, 40);
      Dealing dealing(items, everybody), same(items, everybody);
      PlainDealing plain(items, everybody);
      WorkerId next_id = 100;
      for (int turn = 0; turn < 200 && !dealing.all_done(); ++turn) {
        const WorkerId player = present[below(random, present.size())];
        const std::size_t what = below(random, 10);
        if (what < 6) {
          const std::size_t item = below(random, items);
          const bool is_right = plain.is_open(item, player);
          BOOST_TEST(dealing.finish(item, player) == is_right);
          same.finish(item, player);
          if (is_right) plain.done[item] = true;
        } else if (what < 8 && present.size() > 1) {
          std::erase(present, player);
          const auto dealt = dealing.deal_anew(player, present);
          BOOST_TEST((dealt == same.deal_anew(player, present)));  // a pure function
          BOOST_TEST((dealt == plain.deal_anew(player, present)));
        } else if (what == 8) {  // who came later may get items of a lost one as well
          everybody.push_back(next_id);
          present.push_back(next_id++);
        }
        compare(dealing, plain, everybody);
      }
      for (std::size_t item = 0; item < items; ++item)
        if (!dealing.is_done(item))
          BOOST_TEST(std::ranges::count(present, dealing.holder(item)) == 1);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
