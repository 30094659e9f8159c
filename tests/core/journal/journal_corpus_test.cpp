// The reader's results for the journals in tests/data/journal, which make_journals.py wrote.
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "core/io/error.hpp"
#include "core/journal/codec.hpp"
#include "journal_samples.hpp"

namespace trainbus::testing {

using namespace journal;
namespace fs = std::filesystem;

namespace {

const fs::path folder = TRAINBUS_TEST_DATA "/journal";

std::string content(const fs::path& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

// The content that is read, or the error.
std::string verdict(const std::string& bytes) {
  try {
    const Contents contents = read_bytes(bytes);
    std::string text =
        "format " + std::to_string(contents.header.major) + "." +
        std::to_string(contents.header.minor) + ", " + std::to_string(contents.records.size()) +
        " records, " + std::to_string(contents.effective.size()) + " count, last step " +
        std::to_string(contents.last_step) + ", " + std::to_string(contents.good_bytes) + " of " +
        std::to_string(contents.file_bytes) + " bytes\n";
    return contents.whole() ? text : text + contents.damage + "\n";
  } catch (const RunError& e) {
    return std::string("refused: ") + e.what() + "\n";
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(journal_corpus_test)

BOOST_AUTO_TEST_CASE(every_journal_gets_the_verdict_that_was_accepted) {
  int journals = 0;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() != ".journal") continue;
    ++journals;
    const fs::path expected = fs::path(entry.path()).replace_extension(".txt");
    const std::string found = verdict(content(entry.path()));
    if (std::getenv("TRAINBUS_ACCEPT")) std::ofstream(expected, std::ios::binary) << found;
    BOOST_TEST(found == content(expected), expected.filename() << ": found " << found);
  }
  BOOST_TEST(journals > 30);
}

BOOST_AUTO_TEST_CASE(what_another_program_wrote_by_the_format_page_is_what_we_write) {
  const std::string bytes = content(folder / "every_kind.journal");
  const Contents contents = read_bytes(bytes);
  std::string ours, frame;
  encode(contents.header, ours);
  for (const Record& record : contents.records) {
    std::visit([&](const auto& held) { encode(held, frame); }, record);
    ours += frame;
  }
  BOOST_TEST((ours == bytes));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
