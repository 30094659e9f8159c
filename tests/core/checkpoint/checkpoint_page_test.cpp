// The script in framework/core/checkpoint/README.md distinguishes good checkpoints from damaged
// ones.
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <string>

#include "checkpoint_disk.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {
namespace {

namespace fs = std::filesystem;

std::string script_of_the_page() {
  const std::string page =
      file_system().read_all(TRAINBUS_SOURCE_DIR "/framework/core/checkpoint/README.md");
  const std::string begin = "```python\n";
  const std::size_t at = page.find(begin) + begin.size();
  return page.substr(at, page.find("```", at) - at);
}

struct PageFixture {
  ScratchFolder scratch;
  fs::path script = scratch / "check.py", output = scratch / "output";
  fs::path folder = write_checkpoint(file_system(), scratch / "checkpoints", 120);

  PageFixture() { file_system().replace(script, script_of_the_page()); }

  // Whether the script calls the checkpoint good; its words are in `output`.
  bool accepts() const {
    const std::string command = "python3 '" + script.string() + "' '" + folder.string() + "' >'" +
                                output.string() + "' 2>&1";
    return std::system(command.c_str()) == 0;
  }
  bool says(const std::string& words) const {
    return contains(file_system().read_all(output), words);
  }
};

boost::test_tools::assertion_result has_python(boost::unit_test::test_unit_id) {
  boost::test_tools::assertion_result result(std::system("python3 -c '' 2>/dev/null") == 0);
  result.message() << "there is no python3";
  return result;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(checkpoint_page_test, PageFixture,
                         *boost::unit_test::precondition(has_python))

BOOST_AUTO_TEST_CASE(a_good_checkpoint_is_good_by_hand) {
  BOOST_TEST(accepts());
  BOOST_TEST(says("is good: step 120, 4 files"));
}

BOOST_AUTO_TEST_CASE(damage_is_found_by_hand) {
  FileSystem& files = file_system();
  const std::string model = files.read_all(folder / "model.safetensors");
  files.replace(folder / "model.safetensors", std::string(model.size(), 'x'));
  BOOST_TEST(!accepts());
  BOOST_TEST(says("model.safetensors is damaged"));
  files.replace(folder / "model.safetensors", model);
  files.replace(folder / "observers/new", "");
  BOOST_TEST(!accepts());
  BOOST_TEST(says("not in MANIFEST: {'observers/new'}"));
  files.remove(folder / "observers/new");
  const std::string manifest = files.read_all(folder / "MANIFEST");
  files.replace(folder / "MANIFEST", manifest.substr(1));
  BOOST_TEST(!accepts());
  BOOST_TEST(says("MANIFEST is damaged"));
  files.replace(folder / "MANIFEST", manifest);
  BOOST_TEST(accepts());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
