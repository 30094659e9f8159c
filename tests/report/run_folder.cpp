#include "run_folder.hpp"

#include <fstream>

namespace trainbus::testing {

void RunFolder::add_run(const std::string& run, const std::string& options,
                        const std::string& rest) {
  write(run + "/run.json",
        R"({"trainbus":"0.1.0","options":)" + options + R"(,"task":{},"plugins":[])" + rest + "}");
}

void RunFolder::write(const std::string& file, const std::string& text) {
  const std::filesystem::path path = folder_ / file;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << text;
}

std::string record(const std::string& type, int step, const std::string& fields, int attempt) {
  return R"({"v":1,"type":")" + type + R"(","attempt":)" + std::to_string(attempt) + R"(,"step":)" +
         std::to_string(step) + R"(,"t":)" + std::to_string(1000 + step) + R"(,"epoch":0)" +
         (fields.empty() ? "" : ",") + fields + "}\n";
}

}  // namespace trainbus::testing
