#include "device/backend_module.hpp"

#define BOOST_DLL_USE_STD_FS
#include <boost/dll/runtime_symbol_info.hpp>
#include <boost/dll/shared_library.hpp>
#include <exception>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/io/error.hpp"

#define TRAINBUS_TEXT_OF(x) #x
#define TRAINBUS_TEXT(x) TRAINBUS_TEXT_OF(x)

namespace trainbus::device {
namespace {

constexpr const char* remedy = "Leave it out to train on the CPU.";

// The dynamic linker's message, extracted from Boost's "… (dlerror system message: WHAT): Bad file
// descriptor", whose end does not belong to it.
std::string reason_in(const std::string& text) {
  constexpr std::string_view before = "system message: ", after = "): ";
  const std::size_t begin = text.find(before), end = text.rfind(after);
  if (begin == text.npos || end == text.npos || end < begin) return text;
  return text.substr(begin + before.size(), end - begin - before.size());
}

}  // namespace

std::unique_ptr<Backend> make_backend(const std::string& name) {
  const std::string option = "--device " + name;
  const std::filesystem::path file =
      boost::dll::this_line_location().parent_path() / ("trainbus_" + name + ".so");
  if (!std::filesystem::exists(file))
    throw UsageError("this trainbus was built without it: there is no " + file.string(), option,
                     "Build where its compiler is (nvcc), or leave it out to train on the CPU.");
  const BackendModule* module = nullptr;
  try {
    // Never destroyed: its libraries cannot be unloaded. Global, so that LibTorch finds its parts.
    auto* const library = new boost::dll::shared_library(
        file, boost::dll::load_mode::rtld_now | boost::dll::load_mode::rtld_global);
    module = &library->get<const BackendModule>(TRAINBUS_TEXT(TRAINBUS_BACKEND_SYMBOL));
  } catch (const std::exception& error) {
    throw UsageError("its libraries cannot be loaded: " + reason_in(error.what()), option,
                     "Install PyTorch for GPUs with what it needs, or leave it out to train on the "
                     "CPU.");
  }
  try {
    return module->make();
  } catch (const UsageError&) {
    throw;
  } catch (const std::exception& error) {
    throw UsageError(error.what(), option, remedy);
  }
}

}  // namespace trainbus::device
