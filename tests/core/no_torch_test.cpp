// The core and the SDK do not include LibTorch: their tests build in seconds, and plugins do not
// need it.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <fstream>
#include <regex>
#include <string>

namespace trainbus::testing {

BOOST_AUTO_TEST_SUITE(no_torch_test)

BOOST_AUTO_TEST_CASE(no_file_of_core_or_sdk_includes_torch) {
  const std::regex torch(R"(^\s*#\s*include\s*[<"](torch|ATen|c10|caffe2|engine)/)");
  int files = 0;
  for (const char* folder : {"core", "sdk"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator(
             std::filesystem::path(TRAINBUS_SOURCE_DIR) / "framework" / folder)) {
      if (!entry.is_regular_file()) continue;
      ++files;
      std::ifstream stream(entry.path());
      for (std::string line; std::getline(stream, line);)
        BOOST_TEST(!std::regex_search(line, torch), entry.path().string() << ": " << line);
    }
  BOOST_TEST(files > 50);  // else it looked in the wrong place
  BOOST_TEST(std::regex_search("#include <torch/torch.h>", torch));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
