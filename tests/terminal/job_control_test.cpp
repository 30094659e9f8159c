// The bar and the jobs of a shell: suspended, in the background, and back.
#include <algorithm>

#include "terminal/scene.hpp"

using namespace trainbus::testing;

BOOST_AUTO_TEST_SUITE(job_control, *boost::unit_test::precondition(with_tmux))

BOOST_AUTO_TEST_CASE(a_suspended_training_comes_back_below_what_the_shell_showed) {
  Scene scene;
  scene.train();
  scene.window.expect({"$ player", kStep50});
  scene.window.press("C-z");
  const std::string suspended = "^Z" + std::string(kStep50).substr(2);
  scene.window.expect({"$ player", suspended, "[1]+  Stopped                 player", "$"});
  scene.window.type("fg");
  scene.player.tell("on_step step=60 seconds=6 loss=1.5");
  scene.window.expect(
      {"$ player", suspended, "[1]+  Stopped                 player", "$ fg", "player", kStep60});
}

// Two live lines: the shell's lines above the new ones must stay what they are.
BOOST_AUTO_TEST_CASE(a_training_that_is_suspended_in_an_evaluation_overwrites_nothing) {
  Scene scene;
  scene.train();
  scene.player.tell("on_eval_begin step=50 seconds=5 batches=40");
  scene.window.expect("both lines", [](const Screen& rows) { return rows.size() == 3; });
  scene.window.press("C-z");
  scene.window.expect("the prompt", [](const Screen& rows) { return rows.back() == "$"; });
  scene.window.type("fg");
  scene.player.tell("on_prediction_step step=50 seconds=15 batch=20 batches=40");
  scene.window.expect("both lines below the shell's", [](const Screen& rows) {
    return rows.size() == 7 && rows[2].starts_with("[1]+  Stopped                 player") &&
           rows[3] == "$ fg" && rows[4] == "player" && rows[5] == kStep50 &&
           rows[6].starts_with("Evaluating:  50%|");
  });
}

BOOST_AUTO_TEST_CASE(a_background_job_goes_on_without_a_bar_whatever_tostop_says) {
  Scene scene;
  scene.window.type("stty tostop");
  scene.window.expect({"$ stty tostop", "$"});
  scene.train("player &");
  scene.player.tell("warn from the background");
  scene.window.expect("the warning after the prompt", [](const Screen& rows) {
    return rows.size() == 4 && rows[2].starts_with("[1] ") &&
           rows[3] == "$ warning: from the background";
  });
}

BOOST_AUTO_TEST_CASE(
    a_job_that_comes_to_the_foreground_shows_its_bar_and_hides_it_in_the_background) {
  Scene scene;
  scene.train("player &");
  scene.window.type("fg");
  scene.window.expect("the job's name", [](const Screen& rows) { return rows.back() == "player"; });
  scene.player.tell("on_step step=60 seconds=6 loss=1.5");
  scene.window.expect("the bar", [](const Screen& rows) {
    return rows.size() == 5 && rows[3] == "player" && rows[4] == kStep60;
  });
  scene.window.press("C-z");
  scene.window.expect("the prompt", [](const Screen& rows) { return rows.back() == "$"; });
  scene.window.type("bg");
  scene.player.tell("on_step step=70 seconds=7 loss=1.5");
  scene.player.tell("warn not lost");
  scene.window.expect("no second bar", [](const Screen& rows) {
    return rows.back().ends_with("warning: not lost") &&
           std::count_if(rows.begin(), rows.end(), [](const std::string& row) {
             return row.find("/100 [") != row.npos;
           }) == 1;
  });
}

BOOST_AUTO_TEST_SUITE_END()
