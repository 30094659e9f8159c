// Sets options from a run file and from a command line. Internal to core.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/host/option.hpp"
#include "core/plan/run_file.hpp"
#include "core/plan/run_plugins.hpp"
#include "core/plan/verb_schema.hpp"

namespace trainbus {

// Every set of options that can be addressed, by prefix: "" the run's own, "task", the plugins'
// names.
using Addressees = std::map<std::string, OptionValues*>;

// Sets the values of a run file. Sections of plugins that are left out are skipped: a command line
// may leave out what the file sets up. Throws UsageError with file:line for an unknown section or
// key, a doubled key, or a bad value. typed: by a person, see typed_path.hpp.
void apply_file(const RunFile& file, const Addressees& to, const std::vector<LeftOut>& left_out,
                const VerbSchema& verb, bool typed);

// Sets the values of `--NAME VALUE` and `--PREFIX.NAME VALUE`. Throws UsageError.
void apply_arguments(std::span<const std::string> arguments, const Addressees& to,
                     const std::vector<LeftOut>& left_out);

}  // namespace trainbus
