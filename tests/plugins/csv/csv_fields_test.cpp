#include <boost/test/unit_test.hpp>

#include <random>
#include <string>
#include <vector>

#include "fields.hpp"
#include "recovery.hpp"

namespace {

std::string field(const char* text) {
  std::string out;
  append_field(out, text);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(fields_are_quoted_by_rfc_4180_only_where_they_must) {
  BOOST_TEST(field("ema/loss") == "ema/loss");
  BOOST_TEST(field(" a ") == " a ");
  BOOST_TEST(field("a,b") == "\"a,b\"");
  BOOST_TEST(field("say \"x\"") == "\"say \"\"x\"\"\"");
  BOOST_TEST(field("a\nb") == "\"a\nb\"");
}

BOOST_AUTO_TEST_CASE(any_fields_read_back_as_they_were_written) {
  std::mt19937 random(3);
  const std::string alphabet = "ab,\"\n\r ";
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::string> fields(1 + random() % 5);
    std::string record;
    for (std::string& text : fields) {
      for (auto n = random() % 6; n > 0; --n) text += alphabet[random() % alphabet.size()];
      if (&text != &fields.front()) record += ',';
      append_field(record, text);
    }
    record += '\n';
    const Record read = first_record(record + "next,record\n");
    BOOST_TEST_REQUIRE(read.fields == fields);
    BOOST_TEST_REQUIRE(read.bytes == record.size());
    record.pop_back();
    BOOST_TEST_REQUIRE(first_record(record).bytes == 0u);
  }
}

BOOST_AUTO_TEST_CASE(a_suffix_goes_before_the_extension) {
  BOOST_TEST(with_suffix("metrics.csv", "-2") == "metrics-2.csv");
  BOOST_TEST(with_suffix("a.b/metrics", "-2") == "a.b/metrics-2");
  BOOST_TEST(with_suffix("a.b/m.x.csv", ".y") == "a.b/m.x.y.csv");
  BOOST_TEST(with_suffix(".hidden", "-2") == ".hidden-2");
}
