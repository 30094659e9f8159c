// Records are read back as they were written, bit for bit.
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "core/journal/codec.hpp"
#include "journal_samples.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {

using namespace journal;

BOOST_AUTO_TEST_SUITE(journal_round_trip_test)

BOOST_AUTO_TEST_CASE(every_kind_of_record_comes_back) {
  const std::vector<Record> records = sample_records();
  const Contents contents = read_bytes(journal_bytes(records));
  BOOST_TEST((contents.header == sample_header()));
  BOOST_REQUIRE_EQUAL(contents.records.size(), records.size());
  for (std::size_t i = 0; i < records.size(); ++i)
    BOOST_TEST((contents.records[i] == records[i]), "record " << i);
  BOOST_TEST(contents.whole());
  BOOST_TEST(contents.damage == "");
  BOOST_TEST(contents.last_step == 6u);
}

BOOST_AUTO_TEST_CASE(steps_of_any_number_of_directions_and_micro_batches_come_back) {
  for (const std::uint32_t m : {1u, 2u, 7u, 64u})
    for (const std::uint32_t n : {1u, 2u, 9u, 33u}) {
      const Step step = sample_step(1, m, n);
      const Contents contents = read_bytes(journal_bytes({Attempt{}, step}));
      BOOST_TEST((contents.records.at(1) == Record(step)), m << " by " << n);
    }
}

BOOST_AUTO_TEST_CASE(numbers_that_are_no_numbers_come_back_to_the_bit) {
  Step step = sample_step(1);
  step.losses = {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()};
  step.lr = -std::nan("0x5");
  step.norm = std::numeric_limits<double>::denorm_min();
  std::string before, after;
  encode(step, before);
  const Contents contents = read_bytes(journal_bytes({Attempt{}, step}));
  encode(std::get<Step>(contents.records.at(1)), after);
  BOOST_TEST((before == after));
}

BOOST_AUTO_TEST_CASE(a_plain_step_takes_72_bytes) {
  std::string frame;
  encode(sample_step(1), frame);
  BOOST_TEST(frame.size() == 72u);
}

BOOST_AUTO_TEST_CASE(twenty_thousand_steps_with_evaluations_take_less_than_2_megabytes) {
  std::vector<Record> records = {Attempt{}};
  for (std::uint64_t step = 1; step <= 20'000; ++step) {
    records.push_back(sample_step(step));
    if (step % 100 == 0) records.push_back(Evaluation{.step = step, .examples = 872});
  }
  const std::string bytes = journal_bytes(records);
  BOOST_TEST(bytes.size() < 2'000'000u);
  const Contents contents = read_bytes(bytes);
  BOOST_TEST(contents.records.size() == records.size());
  BOOST_TEST(contents.last_step == 20'000u);
}

BOOST_AUTO_TEST_CASE(numbers_that_do_not_fit_the_format_are_refused_and_change_nothing) {
  FaultyFileSystem disk;
  Writer writer(disk.files(), journal_path, sample_header(), Writer::Sync::OnFlush);
  writer.append(Attempt{});
  const std::string before = *disk.content(journal_path);
  BOOST_CHECK_THROW(writer.append(sample_step(std::uint64_t{1} << 32)), RunError);
  Step step = sample_step(1);
  step.tokens.resize(65536);
  BOOST_CHECK_THROW(writer.append(step), RunError);
  BOOST_TEST(*disk.content(journal_path) == before);
  step.tokens.resize(65535);
  BOOST_TEST(writer.append(step));
  BOOST_TEST((journal::read(disk.files(), journal_path).records.at(1) == Record(step)));
}

BOOST_AUTO_TEST_CASE(a_new_journal_is_never_written_over_one) {
  FaultyFileSystem disk;
  write_journal(disk.files(), sample_records());
  const std::string before = *disk.content(journal_path);
  BOOST_CHECK_THROW(Writer(disk.files(), journal_path, sample_header()), RunError);
  BOOST_TEST(*disk.content(journal_path) == before);
}

BOOST_AUTO_TEST_CASE(a_second_process_goes_on_where_the_first_ended) {
  FaultyFileSystem disk;
  write_journal(disk.files(), {Attempt{}, sample_step(1)});
  {
    Writer writer(disk.files(), journal_path, journal::read(disk.files(), journal_path),
                  Writer::Sync::OnFlush);
    BOOST_TEST(writer.append(Attempt{.number = 2, .resumed_step = 1}));
    BOOST_TEST(writer.append(sample_step(2)));
  }
  const Contents contents = journal::read(disk.files(), journal_path);
  BOOST_TEST(contents.records.size() == 4u);
  BOOST_TEST(contents.last_step == 2u);
}

BOOST_AUTO_TEST_CASE(a_journal_that_changed_since_it_was_read_is_not_written) {
  FaultyFileSystem disk;
  write_journal(disk.files(), {Attempt{}, sample_step(1)});
  const Contents contents = journal::read(disk.files(), journal_path);
  disk.files().open(journal_path, FileSystem::Mode::Append)->append("x");
  BOOST_CHECK_THROW(Writer(disk.files(), journal_path, contents), RunError);
}

BOOST_AUTO_TEST_CASE(a_file_of_more_than_4_gigabytes_is_neither_read_nor_written) {
  const ScratchFolder folder;
  const std::filesystem::path path = folder / "journal";
  const std::uint64_t limit = std::uint64_t{4} << 30;
  const std::unique_ptr<File> file = file_system().open(path, FileSystem::Mode::New);
  file->truncate(limit + 1);  // a hole: it takes no room
  BOOST_CHECK_THROW(journal::read(file_system(), path), RunError);
  file->truncate(limit - 100);
  const Contents contents{.last_step = 1, .good_bytes = limit - 100, .file_bytes = limit - 100};
  Writer writer(file_system(), path, contents);
  BOOST_TEST(writer.append(sample_step(2)));
  BOOST_CHECK_THROW(writer.append(sample_step(3)), RunError);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
