// Trials of the C interface itself, in their own file, since the SDK's C++ classes and the host's
// have the same names.
#pragma once

#include <trainbus/plugin.h>

#include <filesystem>
#include <map>
#include <string>

#include "record.hpp"

namespace trainbus::cli {

struct RawSubject {
  const tb_observer& observer;
  std::map<std::string, std::string> options;  // in canonical form
  std::filesystem::path folder;                // the run directory: empty, writable
  Record& record;
};

// Throw std::runtime_error if the plugin fails them.
void events_and_a_host_that_grew(const RawSubject& subject);
void host_of_version_1_0(const RawSubject& subject);
void nothing_changed_or_left_behind(const RawSubject& subject);

}  // namespace trainbus::cli
