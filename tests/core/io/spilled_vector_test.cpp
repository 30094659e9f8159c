// Vectors larger than memory: the same contents as a plain one, whatever is in a file.
#include "core/io/spilled_vector.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "core/io/error.hpp"
#include "support/file_size_limit.hpp"
#include "support/test_paths.hpp"

using namespace trainbus;

namespace {

// TMPDIR for a while.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const std::string& path) {
    if (const char* before = std::getenv("TMPDIR")) before_ = before;
    ::setenv("TMPDIR", path.c_str(), 1);
  }
  ~TemporaryFolder() {
    if (before_.empty())
      ::unsetenv("TMPDIR");
    else
      ::setenv("TMPDIR", before_.c_str(), 1);
  }

 private:
  std::string before_;
};

std::vector<std::uint32_t> copy(const SpilledVector<std::uint32_t>& vector) {
  return {vector.begin(), vector.end()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(spilled_vector_test)

BOOST_AUTO_TEST_CASE(it_holds_what_a_plain_vector_holds) {
  for (const std::size_t limit : {std::size_t{0}, std::size_t{100}, std::size_t{5000}}) {
    std::mt19937 random(7);
    std::vector<std::uint32_t> plain;
    SpilledVector<std::uint32_t> spilled(limit);
    BOOST_TEST(spilled.empty());
    while (plain.size() < 20000) {
      std::vector<std::uint32_t> some(random() % 900);
      for (std::uint32_t& number : some) number = static_cast<std::uint32_t>(random());
      plain.insert(plain.end(), some.begin(), some.end());
      spilled.append(some);
      BOOST_TEST(spilled.is_in_file() == (plain.size() * 4 > limit || spilled.is_in_file()));
    }
    BOOST_TEST(spilled.is_in_file());
    BOOST_TEST(copy(spilled) == plain);
    const SpilledVector<std::uint32_t> moved = std::move(spilled);
    BOOST_TEST(copy(moved) == plain);
  }
}

BOOST_AUTO_TEST_CASE(a_small_one_needs_no_file) {
  const TemporaryFolder nowhere("/nonexistent");
  SpilledVector<char> spilled;
  spilled.append(std::string(100000, 'x'));
  BOOST_TEST(!spilled.is_in_file());
}

BOOST_AUTO_TEST_CASE(the_file_has_no_name) {
  const testing::ScratchFolder folder;
  const TemporaryFolder temporary(folder.path().string());
  SpilledVector<char> spilled(10);
  spilled.append(std::string(100000, 'x'));
  BOOST_TEST(spilled.is_in_file());
  BOOST_TEST(std::filesystem::is_empty(folder.path()));
}

BOOST_AUTO_TEST_CASE(a_folder_that_cannot_be_used_is_named) {
  const TemporaryFolder nowhere("/nonexistent");
  SpilledVector<char> spilled(10);
  BOOST_CHECK_EXCEPTION(spilled.append(std::string(100, 'x')), RunError, [](const auto& error) {
    const std::string text = error.what();
    return text.find("/nonexistent") != std::string::npos &&
           text.find("TMPDIR") != std::string::npos;
  });
  BOOST_TEST(spilled.empty());
}

BOOST_AUTO_TEST_CASE(a_full_disk_is_an_error_and_what_there_was_stays) {
  SpilledVector<char> spilled(10);
  spilled.append(std::string(5000, 'x'));
  {
    const testing::FileSizeLimit limit(1 << 20);
    BOOST_CHECK_EXCEPTION(spilled.append(std::string(2 << 20, 'y')), RunError,
                          [](const auto& error) {
                            return std::string(error.what()).find("of 3 MiB") != std::string::npos;
                          });
  }
  BOOST_TEST(std::string(spilled.begin(), spilled.end()) == std::string(5000, 'x'));
  spilled.append(std::string(2 << 20, 'y'));
  BOOST_TEST(spilled.size() == 5000u + (2u << 20));
}

BOOST_AUTO_TEST_SUITE_END()
