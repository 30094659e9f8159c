#include "core/checkpoint/manifest.hpp"

#include <boost/test/unit_test.hpp>

#include "core/io/crc32c.hpp"
#include "core/io/error.hpp"

namespace trainbus::testing {
namespace {

const Manifest example = {
    .step = 120,
    .entries = {{"model.safetensors", 1234, 0x0a1b2c3d}, {"observers/ema of loss", 0, 0}}};

std::string refusal(const std::string& text) {
  try {
    parse_manifest(text);
  } catch (const RunError& e) {
    return e.what();
  }
  return "(it was read)";
}

// With the last line that belongs to it.
std::string summed(const std::string& text) {
  return text + "crc32c " + crc32c_text(crc32c(0, text)) + "\n";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(manifest_test)

BOOST_AUTO_TEST_CASE(the_format_is_the_one_on_its_page) {
  const std::string text = format_manifest(example);
  BOOST_TEST(text == summed("trainbus checkpoint 1\n"
                            "step 120\n"
                            "1234 0a1b2c3d model.safetensors\n"
                            "0 00000000 observers/ema of loss\n"));
  BOOST_CHECK(parse_manifest(text) == example);
}

BOOST_AUTO_TEST_CASE(entries_are_put_in_order_and_stand_there_once) {
  const std::string text = format_manifest({1, {{"b", 1, 2}, {"a", 3, 4}}});
  BOOST_CHECK(parse_manifest(text) == (Manifest{1, {{"a", 3, 4}, {"b", 1, 2}}}));
  BOOST_CHECK_THROW(format_manifest({1, {{"a", 1, 2}, {"a", 1, 2}}}), RunError);
}

BOOST_AUTO_TEST_CASE(the_largest_numbers_are_read_back) {
  const Manifest manifest = {UINT64_MAX, {{"a", UINT64_MAX, UINT32_MAX}}};
  BOOST_CHECK(parse_manifest(format_manifest(manifest)) == manifest);
  BOOST_CHECK(parse_manifest(format_manifest({})) == Manifest{});
}

BOOST_AUTO_TEST_CASE(names_that_lead_out_of_the_folder_are_none) {
  for (const char* name : {"a", "a/b", "a b", "a.", "..a", "sub/MANIFEST", "\xc3\xa9"})
    BOOST_TEST(is_entry_name(name), name);
  for (const char* name :
       {"", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "MANIFEST", "a\nb", "a\x7f"}) {
    BOOST_TEST(!is_entry_name(name), name);
    BOOST_CHECK_THROW(format_manifest({1, {{name, 0, 0}}}), RunError);
  }
}

BOOST_AUTO_TEST_CASE(every_cut_and_every_flipped_bit_is_refused) {
  const std::string text = format_manifest(example);
  for (std::size_t n = 0; n < text.size(); ++n) {
    BOOST_TEST(refusal(text.substr(0, n)) != "(it was read)", "cut to " << n);
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = text;
      flipped[n] = static_cast<char>(flipped[n] ^ 1 << bit);
      BOOST_TEST(refusal(flipped) != "(it was read)", "byte " << n << ", bit " << bit);
    }
  }
  BOOST_TEST(refusal(text + "\n") != "(it was read)");
}

BOOST_AUTO_TEST_CASE(what_another_program_would_write_is_refused_with_what_was_found) {
  const std::string head = "trainbus checkpoint 1\nstep 1\n";
  BOOST_TEST(refusal(summed(head)) == "(it was read)");
  BOOST_TEST(refusal(summed("trainbus checkpoint 2\nnew things\n")) ==
             "MANIFEST: has the format \"2\", this trainbus reads \"1\"");
  BOOST_TEST(refusal(summed("something else\n")) ==
             "MANIFEST: begins with \"something else\", expected \"trainbus checkpoint \"");
  for (const char* lines :
       {"1 0000000A a\n", "01 00000000 a\n", " 1 00000000 a\n", "1  00000000 a\n", "1 0 a\n",
        "1 00000000\n", "1 00000000 \n", "\n", "x\n", "-1 00000000 a\n",
        "18446744073709551616 00000000 a\n", "1 00000000 ../a\n", "1 00000000 a\n1 00000000 a\n",
        "1 00000000 b\n1 00000000 a\n", "1 00000000 MANIFEST\n"})
    BOOST_TEST(refusal(summed(head + lines)) != "(it was read)", lines);
  for (const char* text : {"trainbus checkpoint 1\n", "trainbus checkpoint 1\nstep 01\n",
                           "trainbus checkpoint 1\nstep\n", "trainbus checkpoint 1\r\nstep 1\n"})
    BOOST_TEST(refusal(summed(text)) != "(it was read)", text);
}

BOOST_AUTO_TEST_CASE(what_readers_refuse_as_too_large_is_not_written) {
  Manifest manifest{1, {}};
  for (int i = 0; i < 5000; ++i)
    manifest.entries.push_back({std::to_string(i) + std::string(200, 'x'), 1, 2});
  BOOST_CHECK_THROW(format_manifest(manifest), RunError);
  manifest.entries.resize(4500);
  BOOST_TEST(format_manifest(manifest).size() <= largest_manifest);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
