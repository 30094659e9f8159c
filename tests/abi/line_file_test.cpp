#include <boost/test/unit_test.hpp>
#include <trainbus/plugin_testing.hpp>

#include <string>

using trainbus::LineFile;
using trainbus::testing::EventBuilder;
using trainbus::testing::FakeHost;

namespace {

struct Fixture {
  FakeHost fake{*trainbus_module_v1.observers[0]};  // all_hooks.cpp
  std::string opened(const std::string& content, std::string_view signature = {}) {
    fake.files.put("f", content);
    LineFile(fake.host(), "f", signature);
    return fake.files.get("f");
  }
};

}  // namespace

BOOST_FIXTURE_TEST_CASE(each_line_is_one_append, Fixture) {
  LineFile file(fake.host(), "f");
  const auto before = fake.files.operations();
  file.write("one");
  file.write("two");
  BOOST_TEST(fake.files.operations() == before + 2);
  BOOST_TEST(fake.files.get("f") == "one\ntwo\n");
}

BOOST_FIXTURE_TEST_CASE(a_torn_last_line_is_cut_off_with_a_warning, Fixture) {
  BOOST_TEST(opened("a\nb\nhalf") == "a\nb\n");
  BOOST_TEST(fake.logged("incomplete last line", TB_LOG_WARNING) == 1u);
  BOOST_TEST(opened("a\nb\n") == "a\nb\n");
  BOOST_TEST(fake.log.size() == 1u);
  BOOST_TEST(opened("a\n" + std::string(200'000, 'x')) == "a\n");
}

BOOST_FIXTURE_TEST_CASE(a_file_of_somebody_else_is_refused_and_left_alone, Fixture) {
  BOOST_CHECK_THROW(opened("a letter"), std::runtime_error);
  BOOST_TEST(fake.files.get("f") == "a letter");
  BOOST_CHECK_THROW(opened("a\nletter\n", "{\"v\":"), std::runtime_error);
  BOOST_TEST(fake.files.get("f") == "a\nletter\n");
}

BOOST_FIXTURE_TEST_CASE(a_first_line_that_is_torn_inside_the_signature_starts_afresh, Fixture) {
  BOOST_TEST(opened("{\"v", "{\"v\":") == "");
  BOOST_TEST(opened("{\"v\":1,", "{\"v\":") == "");
}

BOOST_FIXTURE_TEST_CASE(what_did_not_come_to_the_disk_is_cut_off_from_its_line_on, Fixture) {
  const std::string hole(20, '\0');
  BOOST_TEST(opened("a\nb" + hole + "\nc\n") == "a\n");
  BOOST_TEST(fake.logged("did not come to the disk", TB_LOG_WARNING) == 1u);
  BOOST_TEST(opened(hole + "b\nc\n", "step,") == "");
  BOOST_TEST(opened("st" + hole + "b\nc\n", "step,") == "");
  const std::string many(3'000'000, '\n');
  BOOST_TEST((opened(many + "a" + hole) == many));
}

BOOST_FIXTURE_TEST_CASE(a_file_of_somebody_else_with_nul_bytes_is_refused, Fixture) {
  const std::string film(
      "\0\0\0\x18"
      "ftyp",
      8);
  BOOST_CHECK_THROW(opened(film, "step,epoch"), std::runtime_error);
  BOOST_TEST(fake.files.get("f") == film);
}

BOOST_FIXTURE_TEST_CASE(a_cut_is_on_disk_before_anything_else_is_written, Fixture) {
  fake.files.put("f", "a\nb\n");
  LineFile file(fake.host(), "f");
  file.truncate(2);
  BOOST_TEST(fake.files.syncs() == 1u);
}

BOOST_FIXTURE_TEST_CASE(it_syncs_at_most_once_in_the_given_time, Fixture) {
  LineFile file(fake.host(), "f");
  for (int second = 0; second <= 90; ++second) {
    EventBuilder at(TB_ON_STEP);
    at.run_ns(second * 1'000'000'000LL);
    file.sync_every(30, trainbus::Event(at.build()));
  }
  BOOST_TEST(fake.files.syncs() == 3u);
}

BOOST_FIXTURE_TEST_CASE(an_outage_is_reported_once_counted_and_survived, Fixture) {
  LineFile file(fake.host(), "f");
  trainbus::Outage outage(fake.host(), "f", "line");
  const auto write = [&](std::uint64_t step) {
    trainbus::testing::EventBuilder event(TB_ON_STEP);
    event.step(step);
    outage.attempt(trainbus::Event(event.build()), [&] { file.write(std::to_string(step)); });
  };
  write(1);
  fake.files.fail_after(0);
  BOOST_CHECK_THROW(write(2), std::runtime_error);
  write(3);
  write(4);
  BOOST_TEST(outage.lost() == 3u);
  fake.files.heal();
  write(5);
  BOOST_TEST(fake.files.get("f") == "1\n5\n");
  BOOST_TEST(fake.logged("f can be written again, from step 5 on", TB_LOG_WARNING) == 1u);
  BOOST_TEST(outage.lost() == 0u);

  fake.files.fail_after(0, 2);  // a second one
  BOOST_CHECK_THROW(write(6), std::runtime_error);
  write(7);
  write(8);
  BOOST_TEST(outage.total() == 5u);
  outage.finish();
  BOOST_TEST(fake.logged("f lacks 5 lines of steps 2 to 7, which could not be written",
                         TB_LOG_WARNING) == 1u);
  BOOST_TEST(fake.log.size() == 2u);
}

BOOST_FIXTURE_TEST_CASE(an_outage_to_the_end_is_said_at_the_end, Fixture) {
  LineFile file(fake.host(), "f");
  trainbus::Outage outage(fake.host(), "f");
  outage.finish();
  BOOST_TEST(fake.log.empty());
  fake.files.fail_after(0);
  BOOST_CHECK_THROW(outage.attempt([&] { file.write("1"); }), std::runtime_error);
  outage.finish();
  BOOST_TEST(fake.logged("f lacks 1 record of step 0, which", TB_LOG_WARNING) == 1u);
}
