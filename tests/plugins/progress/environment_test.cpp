// What tqdm's variables of the environment set.
#include <boost/test/unit_test.hpp>
#include <string>

#include "progress_run.hpp"

using namespace progress_testing;

BOOST_FIXTURE_TEST_SUITE(progress_environment, Run)

BOOST_AUTO_TEST_CASE(a_bar_that_the_environment_disables_shows_nothing) {
  for (const char* value : {"1", "true", "YES", "on", "anything"}) {
    Run run;
    const Environment set("TQDM_DISABLE", value);
    run.begin();
    run.step(1, 1);
    run.publish(at(TB_ON_EVAL_BEGIN, 2));
    run.publish(at(TB_ON_SAVE, 2).set("seconds", 1));
    run.publish(at(TB_ON_EVALUATE, 2));
    run.publish(at(TB_ON_TRAIN_END, 2));
    BOOST_TEST(run.host.terminal.draws.empty());
    BOOST_TEST(run.host.terminal.printed.empty());
  }
  for (const char* value : {"0", "false", "No", "off", ""}) {
    Run run;
    const Environment set("TQDM_DISABLE", value);
    run.begin();
    BOOST_TEST(run.host.terminal.draws.size() == 1u);
  }
}

BOOST_AUTO_TEST_CASE(the_environment_sets_the_interval_unless_an_option_does) {
  const Environment set("TQDM_MININTERVAL", "5");
  begin();
  step(1, 4.9);
  BOOST_TEST(line().find(" 0/1000 [") != std::string::npos);
  step(2, 5);
  BOOST_TEST(line().find(" 2/1000 [") != std::string::npos);
  Run own;
  const Environment again("TQDM_MININTERVAL", "5");
  own.host.set("min-interval", "0.5");
  own.begin();
  own.step(1, 0.6);
  BOOST_TEST(own.line().find(" 1/1000 [") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_environment_sets_the_width_and_without_cells_there_is_no_bar) {
  const Environment set("TQDM_NCOLS", "62");
  begin();
  step(450, 135.5);
  BOOST_TEST(line() == "Training:  45%|█████▍      | 450/1000 [02:15<02:45,  3.32it/s]");
  Run none;
  const Environment zero("TQDM_NCOLS", "0");
  none.begin();
  none.step(450, 135.5);
  BOOST_TEST(none.line() ==
             "Training:  45% 450/1000 [02:15<02:45,  3.32it/s, loss=2.3456, lr=1.00e-04]");
  none.host.terminal.columns = 70;  // and still no number is cut
  none.step(451, 136);
  BOOST_TEST(none.line().ends_with("it/s, loss=2.3456]"));
}

BOOST_AUTO_TEST_CASE(the_environment_sets_the_characters) {
  const auto bar = [](const char* value, std::uint32_t flags) {
    Run run;
    const Environment set("TQDM_ASCII", value);
    run.host.terminal.flags = flags;
    run.begin();
    run.step(500, 1);
    return run.line().find("###") != std::string::npos;
  };
  constexpr std::uint32_t unicode = TB_TERMINAL_INTERACTIVE | TB_TERMINAL_UNICODE;
  for (const char* digits : {"1", "True", " 123456789#", " .oO"}) BOOST_TEST(bar(digits, unicode));
  for (const char* blocks : {"0", "False", " ▖▘▝▗▚▞█"})
    BOOST_TEST(!bar(blocks, TB_TERMINAL_INTERACTIVE));
  BOOST_TEST(!bar("", unicode));
}

BOOST_AUTO_TEST_CASE(values_of_the_environment_that_make_no_sense_are_ignored_with_a_warning) {
  for (const char* value : {"soon", "-1", "nan", "inf", "1e300", "5s"}) {
    Run run;
    const Environment set("TQDM_MININTERVAL", value);
    run.begin();
    run.step(1, 0.1);
    BOOST_TEST(run.line().find(" 1/1000 [") != std::string::npos);
    BOOST_TEST(run.host.logged("TQDM_MININTERVAL is '" + std::string(value) + "' and not",
                               TB_LOG_WARNING) == 1u);
  }
  for (const char* value : {"wide", "-1", "99999", "80.5"}) {
    Run run;
    const Environment set("TQDM_NCOLS", value);
    run.begin();
    BOOST_TEST(run.host.logged("TQDM_NCOLS", TB_LOG_WARNING) == 1u);
  }
}

BOOST_AUTO_TEST_SUITE_END()
