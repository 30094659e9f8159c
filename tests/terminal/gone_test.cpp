// Without a terminal, or after it is closed, the training continues.
#include <fstream>
#include <sstream>

#include "terminal/scene.hpp"

using namespace trainbus::testing;

BOOST_AUTO_TEST_SUITE(gone, *boost::unit_test::precondition(with_tmux))

BOOST_AUTO_TEST_CASE(a_pipe_whose_reader_leaves_ends_nothing) {
  Scene scene;
  scene.train("player 2>&1 | head -n 1");
  scene.window.expect("the first line", [](const Screen& rows) {
    return rows.size() == 2 && rows[1].starts_with("Training:   0%|");
  });
  for (int i = 1; i <= 3; ++i) scene.player.tell("warn nobody reads this");
  scene.player.tell("on_train_end step=50 seconds=6");
  scene.player.tell("quit");
  scene.window.expect("the prompt", [](const Screen& rows) { return rows.back() == "$"; });
}

BOOST_AUTO_TEST_CASE(a_window_that_is_closed_ends_nothing) {
  Scene scene;
  scene.train();
  scene.window.kill();
  for (int i = 60; i < 70; ++i)
    scene.player.tell("on_step step=" + std::to_string(i) + " seconds=" + std::to_string(i));
  scene.player.tell("warn nobody sees this");
  scene.player.tell("on_train_end step=70 seconds=70");
  scene.player.tell("quit");
}

BOOST_AUTO_TEST_CASE(a_file_gets_plain_lines) {
  Scene scene;
  scene.train("player 2>log");
  scene.player.tell("on_step step=60 seconds=35 loss=1.5");
  scene.player.tell("warn plain");
  scene.player.tell("on_train_end step=60 seconds=35");
  scene.player.tell("quit");
  scene.window.expect({"$ player 2>log", "$"});
  std::stringstream text;
  text << std::ifstream(scene.window.folder() / "log").rdbuf();
  BOOST_TEST(text.str() ==
             "Training:   0%|          | 0/100 [00:00<?, ?it/s]\n"
             "Training:  60%|██████    | 60/100 [00:35<00:23,  1.71it/s, loss=1.5000]\n"
             "warning: plain\n"
             "Training:  60%|██████    | 60/100 [00:35<00:23,  1.71it/s, loss=1.5000]\n");
}

BOOST_AUTO_TEST_SUITE_END()
