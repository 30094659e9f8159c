// Every changed byte of a journal is detected, and every journal left by a crash can be read.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "journal_samples.hpp"

namespace trainbus::testing {

using namespace journal;

namespace {

// Where each record begins; the first is the header. At last, the end.
std::vector<std::size_t> beginnings(const std::string& bytes) {
  std::vector<std::size_t> places = {0};
  while (places.back() < bytes.size())
    places.push_back(places.back() + 9 + static_cast<unsigned char>(bytes[places.back()]) +
                     256 * static_cast<unsigned char>(bytes[places.back() + 1]));
  return places;
}

bool begins_with(const std::vector<Record>& all, const std::vector<Record>& part) {
  return part.size() <= all.size() && std::equal(part.begin(), part.end(), all.begin());
}

std::string refusal(const std::string& bytes) {
  try {
    read_bytes(bytes);
  } catch (const RunError& e) {
    return e.what();
  }
  return "not refused";
}

bool contains(const std::string& text, const std::string& words) {
  return text.find(words) != text.npos;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(journal_damage_test)

BOOST_AUTO_TEST_CASE(every_bit_that_flips_is_detected_and_no_other_number_comes_out) {
  const std::vector<Record> records = sample_records();
  const std::string bytes = journal_bytes(records);
  const std::size_t last = *(beginnings(bytes).end() - 2);
  for (std::size_t at = 0; at < bytes.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(changed[at] ^ 1 << bit);
      BOOST_TEST_CONTEXT("bit " << bit << " of byte " << at) {
        if (at < last) {
          BOOST_CHECK_THROW(read_bytes(changed), RunError);
        } else {
          const Contents contents = read_bytes(changed);
          BOOST_TEST(contents.good_bytes == last);
          BOOST_TEST(contents.file_bytes == bytes.size());
          BOOST_TEST(contents.damage != "");
          BOOST_TEST(contents.records.size() == records.size() - 1);
          BOOST_TEST(begins_with(records, contents.records));
        }
      }
    }
}

BOOST_AUTO_TEST_CASE(every_byte_replaced_by_every_other_is_detected_in_a_step) {
  const std::string bytes = journal_bytes({Attempt{}, sample_step(1), sample_step(2)});
  const std::vector<std::size_t> places = beginnings(bytes);
  for (std::size_t at = places[2]; at < places[3]; ++at)
    for (int value = 0; value < 256; ++value) {
      std::string changed = bytes;
      changed[at] = static_cast<char>(value);
      if (changed != bytes) BOOST_CHECK_THROW(read_bytes(changed), RunError);
    }
}

BOOST_AUTO_TEST_CASE(a_journal_cut_anywhere_gives_the_whole_records_before_the_cut) {
  const std::vector<Record> records = sample_records();
  const std::string bytes = journal_bytes(records);
  const std::vector<std::size_t> places = beginnings(bytes);
  BOOST_REQUIRE_EQUAL(places.size(), records.size() + 2);
  for (std::size_t whole = 1; whole < places.size(); ++whole) {
    const std::size_t next = whole + 1 < places.size() ? places[whole + 1] : bytes.size() + 1;
    for (std::size_t size = places[whole]; size < next; ++size) {
      const Contents contents = read_bytes(bytes.substr(0, size));
      BOOST_REQUIRE_EQUAL(contents.good_bytes, places[whole]);
      BOOST_REQUIRE_EQUAL(contents.whole(), size == places[whole]);
      BOOST_REQUIRE_EQUAL(contents.damage.empty(), contents.whole());
      BOOST_REQUIRE_EQUAL(contents.records.size(), whole - 1);
      BOOST_REQUIRE(begins_with(records, contents.records));
    }
  }
  for (std::size_t size = 0; size < places[1]; ++size)
    BOOST_CHECK_THROW(read_bytes(bytes.substr(0, size)), RunError);
}

BOOST_AUTO_TEST_CASE(a_torn_tail_is_cut_off_before_the_journal_goes_on) {
  FaultyFileSystem disk;
  const std::string whole = journal_bytes({Attempt{}, sample_step(1)});
  const std::string more = journal_bytes({Attempt{}, sample_step(1), sample_step(2)});
  disk.files().replace(journal_path, more.substr(0, more.size() - 1));
  const Contents contents = journal::read(disk.files(), journal_path);
  BOOST_TEST(
      contents.damage ==
      "the record at byte 157, after step 1, was not written whole: 71 bytes of 72; the last "
      "71 bytes do not count");
  {
    Writer writer(disk.files(), journal_path, contents, Writer::Sync::OnFlush);
    BOOST_TEST(*disk.content(journal_path) == whole);
    writer.append(sample_step(2));
  }
  BOOST_TEST(*disk.content(journal_path) == more);
}

BOOST_AUTO_TEST_CASE(zeros_that_a_file_system_left_at_the_end_are_a_damaged_tail) {
  const std::string bytes = journal_bytes({Attempt{}, sample_step(1)});
  const Contents contents = read_bytes(bytes + std::string(5000, '\0'));
  BOOST_TEST(contents.good_bytes == bytes.size());
  BOOST_TEST(contents.last_step == 1u);
  BOOST_TEST(contents.damage != "");
}

BOOST_AUTO_TEST_CASE(a_bad_record_before_good_ones_is_named_with_byte_and_step) {
  std::string bytes = journal_bytes({Attempt{}, sample_step(1), sample_step(2), sample_step(3)});
  const std::vector<std::size_t> places = beginnings(bytes);
  bytes[places[3] + 20] ^= 1;
  BOOST_TEST(
      refusal(bytes) ==
      "/run/journal: the record at byte " + std::to_string(places[3]) +
          ", after step 1, does not match its checksum, and good records follow it from byte " +
          std::to_string(places[4]) +
          ": the file was changed after it was written. Restore the file "
          "from a copy, or start a new run from a checkpoint.");
}

BOOST_AUTO_TEST_CASE(a_record_that_is_missing_or_doubled_is_noticed) {
  const std::vector<Record> all = {Attempt{}, sample_step(1), sample_step(2), sample_step(3)};
  const std::string bytes = journal_bytes(all);
  const std::vector<std::size_t> places = beginnings(bytes);
  const std::string step_2 = bytes.substr(places[3], places[4] - places[3]);
  BOOST_TEST(contains(refusal(bytes.substr(0, places[3]) + bytes.substr(places[4])),
                      "it is step 3, expected step 2"));
  BOOST_TEST(contains(refusal(bytes.substr(0, places[4]) + step_2 + bytes.substr(places[4])),
                      "it is step 2, expected step 3"));
}

BOOST_AUTO_TEST_CASE(random_bytes_are_no_journal) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    std::string bytes(random() % 3000, '\0');
    for (char& c : bytes) c = static_cast<char>(random() % (round % 2 ? 256 : 4));
    BOOST_CHECK_THROW(read_bytes(bytes), RunError);
  }
}

BOOST_AUTO_TEST_CASE(bytes_made_to_look_like_many_long_records_are_not_searched_for_ever) {
  std::string bytes = journal_bytes({Attempt{}, sample_step(1)});
  const std::size_t good = bytes.size();
  for (int i = 0; i < 1 << 20; ++i) bytes.append("\0\0\x08", 4);  // half a MB, every 4 bytes
  BOOST_TEST(refusal(bytes) ==
             "/run/journal: the record at byte " + std::to_string(good) +
                 ", after step 1, does not match its checksum, and what follows it is nothing that "
                 "a crash leaves: the file was changed after it was written. Restore the file from "
                 "a copy, or start a new run from a checkpoint.");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
