// A worker's rules one by one. chaos_test.cpp has them together with the leader's.
#include "core/ranks/worker.hpp"

#include <boost/test/unit_test.hpp>

#include "core/ranks/scripted_links.hpp"
#include "core/ranks/toy_run.hpp"

namespace trainbus::testing {
namespace {

using namespace ranks;
using namespace std::chrono_literals;

// A worker whose items give {version of the parameters, item}.
struct Desk {
  explicit Desk() {
    WorkerHooks hooks;
    hooks.evaluate = [this](std::uint8_t split) {
      Work evaluation = work(split, 3);
      evaluation.kind = Work::Kind::Evaluation;
      evaluated.push_back(worker->evaluate(evaluation));
    };
    hooks.leaves = [this] { return leaves; };
    worker.emplace(link, 5s, hooks);
  }
  Work work(std::uint64_t step, std::size_t items = 4) {
    Work work;
    work.number = step;
    work.items = items;
    work.width = 2;
    work.check = [this] { return version; };
    work.compute = [this](std::size_t item, std::vector<float>& numbers) {
      numbers = {static_cast<float>(version), static_cast<float>(item)};
    };
    work.take = [this](std::size_t, std::span<const float> numbers) {
      taken.insert(taken.end(), numbers.begin(), numbers.end());
    };
    return work;
  }
  // Begun with nothing done: the first words, and what follows.
  void start(std::vector<Message> more) {
    link.tell({Records{0, ""}});
    BOOST_TEST(worker->so_far().done == 0u);
    more.insert(more.begin(), Deal{0, {2, 1}});
    link.tell(more);
    worker->begin(work(0));
  }
  std::vector<Answer> take_answers() {
    std::vector<Answer> answers;
    for (const Message& message : std::exchange(link.said, {}))
      if (const auto* answer = std::get_if<Answer>(&message)) answers.push_back(*answer);
    return answers;
  }

  ScriptedWorkerLink link;
  std::uint64_t version = 0;
  std::string leaves;
  std::vector<float> taken;
  std::vector<bool> evaluated;
  std::optional<Worker> worker;
};

Result result(std::uint64_t round, std::size_t items) {
  Result result{round, false, {}};
  for (std::size_t item = 0; item < items; ++item) {
    result.numbers.counts.push_back(2);
    result.numbers.values.insert(result.numbers.values.end(),
                                 {static_cast<float>(round), static_cast<float>(item)});
  }
  return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(worker_test)

BOOST_AUTO_TEST_CASE(it_computes_its_part_and_takes_everybodys_numbers) {
  Desk desk;
  desk.start({result(0, 4), Deal{1, {2, 1}}});
  BOOST_TEST((desk.link.said.at(0) == Message{Ready{0}}));
  const auto answers = desk.take_answers();
  BOOST_REQUIRE(answers.size() == 1u);
  BOOST_TEST((answers[0] == Answer{0, 0, {1, 3}, {{2, 2}, {0, 1, 0, 3}}}));
  BOOST_TEST(desk.worker->finish());
  BOOST_TEST(desk.taken == (std::vector<float>{0, 0, 0, 1, 0, 2, 0, 3}),
             boost::test_tools::per_element());
}

// The parameters change between the numbers of a step and the evaluation that follows them.
BOOST_AUTO_TEST_CASE(what_arrives_in_one_piece_is_acted_on_one_by_one) {
  Desk desk;
  desk.start({result(0, 4), Deal{1, {2, 1}}, Evaluate{evaluation_round, 1, {2, 0}},
              Result{evaluation_round, true, {}}, result(1, 4), Deal{2, {2, 1}}});
  desk.take_answers();
  desk.worker->finish();
  BOOST_TEST(desk.evaluated.empty());
  desk.version = 1;
  desk.worker->begin(desk.work(1));
  desk.worker->finish();
  BOOST_TEST(desk.evaluated == std::vector<bool>{false}, boost::test_tools::per_element());
  const auto answers = desk.take_answers();
  BOOST_REQUIRE(answers.size() == 2u);
  BOOST_TEST(answers[0].round == 1u);
  BOOST_TEST((answers[1] == Answer{evaluation_round, 1, {0, 2}, {{2, 2}, {1, 0, 1, 2}}}));
}

BOOST_AUTO_TEST_CASE(items_dealt_anew_are_computed_while_it_waits_or_when_the_round_begins) {
  Desk desk;
  desk.start({Again{0, {0, 2}}, Again{1, {0}}, result(0, 4), Deal{1, {2, 1}}, result(1, 4)});
  desk.take_answers();
  desk.worker->finish();
  BOOST_TEST((desk.take_answers() == std::vector<Answer>{{0, 0, {0, 2}, {{2, 2}, {0, 0, 0, 2}}}}));
  desk.version = 1;
  desk.worker->begin(desk.work(1));
  BOOST_TEST((desk.take_answers() ==
              std::vector<Answer>{{1, 1, {1, 3, 0}, {{2, 2, 2}, {1, 1, 1, 3, 1, 0}}}}));
}

BOOST_AUTO_TEST_CASE(without_an_item_it_still_says_its_check) {
  Desk desk;
  desk.version = 5;
  desk.link.tell({Records{0, ""}, Deal{3, Hand::none(2)}});
  desk.worker->so_far();
  desk.worker->begin(desk.work(0));
  BOOST_TEST((desk.take_answers() == std::vector<Answer>{{3, 5, {}, {}}}));
}

BOOST_AUTO_TEST_CASE(much_work_is_handed_in_several_times_a_second) {
  Desk desk;
  desk.link.tell({Records{0, ""}, Deal{0, {1, 0}}});
  Work work = desk.work(0, 10);
  work.compute = [&](std::size_t, std::vector<float>& numbers) {
    desk.link.time += 60ms;
    numbers = {1, 2};
  };
  desk.worker->begin(work);
  BOOST_TEST(desk.take_answers().size() == 5u);
}

BOOST_AUTO_TEST_CASE(it_replays_the_records_until_it_is_in_step) {
  Desk desk;
  std::string frames;
  for (const std::uint64_t step : {3, 4}) frames += frame_of(toy_record(step, {1, 2, 3, 4}));
  desk.link.tell({Records{2, frame_of(toy_record(1, {0, 0})) + frame_of(toy_record(2, {0, 0}))}});
  const auto so_far = desk.worker->so_far();
  BOOST_TEST(so_far.done == 2u);
  BOOST_REQUIRE(so_far.steps.size() == 2u);
  BOOST_TEST(so_far.steps[1].step == 2u);
  desk.link.tell({Records{4, frames}});
  for (const std::uint64_t step : {2, 3}) {  // two rounds of one item each
    desk.worker->begin(desk.work(step, 1));
    desk.worker->finish();
    desk.worker->begin(desk.work(step, 1));
    desk.worker->finish();
  }
  BOOST_TEST(desk.taken == (std::vector<float>{1, 2, 3, 4, 1, 2, 3, 4}),
             boost::test_tools::per_element());
  BOOST_TEST((desk.link.said == std::vector<Message>{Ready{2}}));
  desk.link.tell({Deal{9, {2, 1}}});
  desk.worker->begin(desk.work(4));
  BOOST_TEST((desk.link.said.at(1) == Message{Ready{4}}));
  BOOST_TEST(desk.take_answers().at(0).round == 9u);
}

BOOST_AUTO_TEST_CASE(the_end_is_heard_wherever_it_waits) {
  const End end{End::How::Interrupted, "signal 15"};
  const auto ends = [&](const auto& wait, std::vector<Message> before) {
    Desk desk;
    before.push_back(end);
    desk.link.tell(before);
    desk.link.is_gone = true;  // after the last words
    BOOST_CHECK_EXCEPTION(wait(desk), RunIsOver,
                          [&](const RunIsOver& over) { return over.end == end; });
  };
  ends([](Desk& desk) { desk.worker->so_far(); }, {});
  ends([](Desk& desk) { desk.worker->begin(desk.work(0)); }, {Records{0, ""}});
  ends([](Desk& desk) { desk.worker->wait_for_the_end(); }, {Records{0, ""}});
  ends(
      [](Desk& desk) {
        desk.worker->begin(desk.work(0));
        desk.worker->finish();
      },
      {Records{0, ""}, Deal{0, {2, 1}}});
}

BOOST_AUTO_TEST_CASE(a_leader_that_is_gone_or_silent_ends_every_wait) {
  Desk gone;
  gone.link.is_gone = true;
  BOOST_CHECK_THROW(gone.worker->so_far(), RunError);
  Desk silent;
  silent.start({});
  const Nanoseconds before = silent.link.time;
  silent.link.silent_since = before;
  BOOST_CHECK_EXCEPTION(silent.worker->finish(), RunError, [](const RunError& error) {
    const std::string what = error.what();
    return what.find("nothing was heard of the leader (rank 0) for 5 s") != what.npos &&
           what.find("trainbus resume") != what.npos;
  });
  BOOST_TEST((silent.link.time - before == 5s));
}

BOOST_AUTO_TEST_CASE(it_says_once_that_it_wants_to_leave_and_goes_on_until_it_is_released) {
  Desk desk;
  desk.start({});
  desk.leaves = "signal 15";
  int waits = 0;
  desk.link.on_wait = [&] {
    if (++waits == 5) desk.link.tell({result(0, 4), Deal{1, Hand::none(1)}});
    if (waits == 9) desk.link.tell({End{End::How::Released, ""}});
  };
  BOOST_TEST(desk.worker->finish());
  BOOST_TEST(
      std::count(desk.link.said.begin(), desk.link.said.end(), Message{Leave{"signal 15"}}) == 1);
  desk.worker->begin(desk.work(1));
  BOOST_CHECK_THROW(desk.worker->finish(), RunIsOver);
}

BOOST_AUTO_TEST_CASE(a_round_that_the_leader_gave_up_has_no_numbers) {
  Desk desk;
  desk.start({Result{0, true, {}}, Deal{1, {2, 1}}});
  BOOST_TEST(!desk.worker->finish());
  BOOST_TEST(desk.taken.empty());
}

BOOST_AUTO_TEST_CASE(what_a_leader_of_this_build_does_not_say_is_refused) {
  const auto refuses = [](const Message& message, const std::string& part) {
    Desk desk;
    desk.start({message});
    BOOST_CHECK_EXCEPTION(desk.worker->finish(), RunError, [&](const RunError& error) {
      BOOST_TEST_MESSAGE(error.what());
      return std::string(error.what()).find(part) != std::string::npos;
    });
  };
  refuses(Ready{}, "only a worker says");
  refuses(Answer{}, "only a worker says");
  refuses(Leave{}, "only a worker says");
  refuses(result(5, 4), "a round that this worker is not in");
  refuses(result(0, 3), "3 items, this process's 4");
  refuses(Result{0, false, {{2, 2, 1, 2}, {0, 0, 0, 0, 0, 0, 0}}}, "1 numbers, not 2");
  refuses(Again{0, {4}}, "does not exist");
  refuses(Records{1, "no frame"}, "damaged record");
}

BOOST_AUTO_TEST_CASE(a_worker_that_begins_anew_says_so_first) {
  ScriptedWorkerLink link;
  const End anew{End::How::Anew, "rank 2 is lost"};
  link.tell({anew});
  Worker before(link, 30s, {});
  BOOST_CHECK_EXCEPTION(before.so_far(), RunIsOver,
                        [&](const RunIsOver& over) { return over.end == anew; });
  Worker worker(link, 30s, {});
  worker.begin_anew();
  link.tell({Records{0, ""}});
  BOOST_TEST(worker.so_far().done == 0u);
  BOOST_TEST((link.said.at(0) == Message{Anew{}}));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
