// The bar on the screen: its position, and the effect of resizing the window.
#include "terminal/scene.hpp"

using namespace trainbus::testing;

BOOST_AUTO_TEST_SUITE(screen, *boost::unit_test::precondition(with_tmux))

BOOST_AUTO_TEST_CASE(the_bar_is_one_line_that_stays_when_the_training_ends) {
  Scene scene;
  scene.train();
  scene.window.expect({"$ player", kStep50});
  scene.player.tell("on_step step=60 seconds=6 loss=1.5");
  scene.window.expect({"$ player", kStep60});
  scene.player.tell("on_train_end step=60 seconds=6");
  scene.player.tell("quit");
  scene.window.expect({"$ player", kStep60, "$"});
}

BOOST_AUTO_TEST_CASE(log_lines_of_another_thread_appear_above_the_bar_also_when_they_wrap) {
  Scene scene;
  scene.train();
  scene.player.tell("warn the disk is slow");
  scene.window.expect({"$ player", "warning: the disk is slow", kStep50});
  scene.player.tell("warn " + std::string(80, 'x'));
  scene.window.expect({"$ player", "warning: the disk is slow", "warning: " + std::string(61, 'x'),
                       std::string(19, 'x'), kStep50});
}

BOOST_AUTO_TEST_CASE(an_evaluation_has_a_line_below_that_disappears) {
  Scene scene;
  scene.train();
  scene.player.tell("on_eval_begin step=50 seconds=5 batches=40");
  scene.player.tell("on_prediction_step step=50 seconds=15 batch=20 batches=40");
  const std::string evaluation =
      "Evaluating:  50%|██████████          | 20/40 [00:10<00:10,  2.00it/s]";
  scene.window.expect({"$ player", kStep50, evaluation});
  scene.player.tell("warn above both");
  scene.window.expect({"$ player", "warning: above both", kStep50, evaluation});
  scene.player.tell("on_evaluate step=50 seconds=25 eval/loss=1");
  scene.window.expect({"$ player", "warning: above both", kStep50});
}

BOOST_AUTO_TEST_CASE(results_on_standard_output_follow_the_closed_bar) {
  Scene scene;
  scene.train();
  scene.player.tell("close");
  scene.player.tell("out accuracy  0.91");
  scene.player.tell("warn late");
  scene.window.expect({"$ player", kStep50, "accuracy  0.91", "warning: late"});
}

BOOST_AUTO_TEST_CASE(a_narrower_and_a_wider_window_show_one_bar) {
  Scene scene;
  scene.train();
  scene.window.expect({"$ player", kStep50});
  scene.resize(40);
  scene.player.tell("on_step step=60 seconds=6 loss=1.5");
  scene.window.expect({"$ player", "Training:  60%|▌| 60/100 [00:06<00:04,"});
  scene.resize(100);
  scene.player.tell("on_step step=70 seconds=7 loss=1.5");
  scene.window.expect({"$ player",
                       "Training:  70%|██████████████████████████▌           | 70/100 "
                       "[00:07<00:03, 10.00it/s, loss=1.5000]"});
}

// At the bottom of the window, the bar's usual place.
BOOST_AUTO_TEST_CASE(a_narrower_window_during_an_evaluation_leaves_nothing_behind) {
  Scene scene;
  scene.train();
  Screen above = {"$ player"};
  for (int i = 1; i <= 9; ++i) {
    scene.player.tell("warn number " + std::to_string(i));
    above.push_back("warning: number " + std::to_string(i));
  }
  scene.player.tell("on_eval_begin step=50 seconds=5 batches=40");
  const auto expect = [&](const Screen& below) {
    Screen rows = above;
    rows.insert(rows.end(), below.begin(), below.end());
    scene.window.expect(rows);
  };
  expect({kStep50, "Evaluating:   0%|                             | 0/40 [00:00<?, ?it/s]"});
  scene.resize(30);
  scene.player.tell("warn narrow");
  above.push_back("warning: narrow");
  expect({"Training:  50%|████    | 50/1", "Evaluating:   0%|"});
  scene.player.tell("on_evaluate step=50 seconds=25 eval/loss=1");
  scene.player.tell("on_step step=60 seconds=26 loss=1.5");
  expect({"Training:  60%|▌| 60/100 [00:"});
}

BOOST_AUTO_TEST_CASE(twenty_columns_show_the_beginning_of_the_line) {
  Scene scene(20);
  scene.train();
  scene.window.expect({"$ player", "Training:  50%|▌| 5"});
}

BOOST_AUTO_TEST_CASE(a_window_of_one_column_does_no_harm) {
  Scene scene;
  scene.train();
  scene.window.expect({"$ player", kStep50});
  scene.resize(1);
  scene.player.tell("on_step step=55 seconds=5.5 loss=1.5");
  scene.resize(70);
  scene.player.tell("on_step step=60 seconds=6 loss=1.5");
  scene.window.expect({"$ player", kStep60});
}

BOOST_AUTO_TEST_CASE(keys_that_were_typed_are_gone_with_the_next_draw) {
  Scene scene;
  scene.train();
  scene.window.press("x");
  scene.window.press("y");
  scene.window.expect("what was typed",
                      [](const Screen& rows) { return rows.at(1).starts_with("xyaining"); });
  scene.player.tell("on_step step=60 seconds=6 loss=1.5");
  scene.window.expect({"$ player", kStep60});
}

BOOST_AUTO_TEST_CASE(a_dumb_terminal_shows_the_same_lines_without_escape_sequences) {
  Scene scene;
  scene.train("TERM=dumb player");
  scene.window.expect({"$ TERM=dumb player", kStep50});
  scene.player.tell("warn plain");
  scene.player.tell("on_step step=60 seconds=6 loss=1.5");
  scene.window.expect({"$ TERM=dumb player", "warning: plain", kStep60});
  BOOST_TEST(scene.window.colored_screen().find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(warnings_are_colored_unless_that_is_not_wanted) {
  for (const bool wanted : {true, false}) {
    Scene scene(70, wanted ? std::vector<std::string>() : std::vector<std::string>{"NO_COLOR=1"});
    scene.train();
    scene.player.tell("warn colors");
    scene.window.expect({"$ player", "warning: colors", kStep50});
    const bool colored =
        scene.window.colored_screen().find("\x1b[33mwarning:") != std::string::npos;
    BOOST_TEST(colored == wanted);
  }
}

BOOST_AUTO_TEST_CASE(a_stopped_terminal_does_not_stop_the_training) {
  Scene scene;
  scene.train();
  scene.window.expect({"$ player", kStep50});
  scene.window.press("C-s");
  scene.window.expect_stopped(true);
  scene.player.tell("warn not lost");
  scene.player.tell("on_step step=55 seconds=5.5 loss=1.5");
  scene.window.press("C-q");
  scene.window.expect_stopped(false);
  scene.player.tell("on_step step=60 seconds=6 loss=1.5");
  scene.window.expect({"$ player", "warning: not lost", kStep60});
}

BOOST_AUTO_TEST_SUITE_END()
