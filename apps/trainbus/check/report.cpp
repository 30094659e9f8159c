#include "report.hpp"

#include <cstdio>
#include <iostream>

#include "core/bus/event.hpp"
#include "plugin_text.hpp"
#include "table.hpp"

namespace trainbus::cli {
namespace {

const std::string module_symbol = "trainbus_module_v" + std::to_string(TB_ABI_MAJOR);
const std::string reward_symbol = "trainbus_reward_v" + std::to_string(TB_REWARD_ABI_MAJOR);

// The one that the file is loaded for.
const std::string& entry_symbol(const ElfFile& elf) {
  return elf.exported(reward_symbol) ? reward_symbol : module_symbol;
}

// A few of the names, and the number of the others.
std::string some_of(std::vector<std::string> names) {
  constexpr std::size_t most = 4;
  const std::size_t more = names.size() > most ? names.size() - most : 0;
  names.resize(names.size() - more);
  return joined(names, ", ") + (more > 0 ? " and " + std::to_string(more) + " more" : "");
}

std::vector<std::string> other_symbols(const ElfFile& elf) {
  std::vector<std::string> names;
  for (const ElfFile::Symbol& symbol : elf.exported())
    if (symbol.name != entry_symbol(elf)) names.emplace_back(symbol.name);
  return names;
}

// Three digits, with a suitable unit.
std::string duration_text(double ns) {
  const char* unit = "ns";
  for (const char* larger : {"µs", "ms", "s"}) {
    if (ns < 1000) break;
    ns /= 1000;
    unit = larger;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.3g %s", ns, unit);
  return text;
}

std::string bytes_text(double bytes) {
  const char* unit = "bytes";
  for (const char* larger : {"kB", "MB", "GB"}) {
    if (bytes < 10'000) break;
    bytes /= 1000;
    unit = larger;
  }
  char text[32];
  std::snprintf(text, sizeof text, "%.0f %s", bytes, unit);
  return text;
}

void print_costs(const Record& record) {
  std::vector<std::vector<std::string>> rows = {{"EVENT", "CALLS", "MEAN", "WORST"}};
  for (std::size_t kind = 0; kind < TB_KIND_COUNT; ++kind) {
    const KindCost& cost = record.cost[kind];
    if (cost.events == 0) continue;
    const double mean = static_cast<double>(cost.total_ns) / static_cast<double>(cost.events);
    rows.push_back({std::string(event_name(static_cast<EventKind>(kind))),
                    std::to_string(cost.events), duration_text(mean),
                    duration_text(static_cast<double>(cost.worst_ns))});
  }
  if (rows.size() == 1) return;
  std::cout << "\nCost in " << record.steps << " steps\n";
  print_table(std::cout, rows, "  ");
}

}  // namespace

void print_file(const ElfFile& elf, const std::filesystem::path& file) {
  const unsigned width = text_width();
  std::vector<std::string> exports;
  for (const ElfFile::Symbol& symbol : elf.exported()) exports.emplace_back(symbol.name);
  const std::vector<std::string> needed(elf.needed().begin(), elf.needed().end());
  const std::string libraries = needed.empty() ? "none" : joined(needed, ", ");
  std::cout << "File\n";
  std::vector<std::vector<std::string>> rows = {
      {"path", file.string()},
      {"size", std::to_string(elf.size()) + " bytes"},
      {"sha256", elf.sha256()},
      {"exports", wrapped(some_of(exports), 13, width)},
      {"libraries", wrapped(libraries, 13, width)},
      {"unloading", elf.stays_loaded() ? "never (-z nodelete)" : "possible"}};
  // A path of colons only is a linker's placeholder.
  if (elf.run_path().find_first_not_of(':') != std::string_view::npos)
    rows.push_back({"run path", std::string(elf.run_path())});
  print_table(std::cout, rows, "  ");
}

std::vector<std::string> file_warnings(const ElfFile& elf) {
  std::vector<std::string> warnings;
  if (const auto names = other_symbols(elf); !names.empty())
    warnings.push_back(
        "it exports " + std::to_string(names.size()) +
        (names.size() == 1 ? " symbol" : " symbols") + " beside " + entry_symbol(elf) +
        ", which another plugin's may clash with. Build it with trainbus_add_plugin(), or link it "
        "with a version script.");
  if (!elf.stays_loaded())
    warnings.push_back(
        "it is not linked with -z nodelete, so that a host could unload code that a thread still "
        "runs. Build it with trainbus_add_plugin().");
  for (const std::string_view library : elf.needed())
    if (library.starts_with("libtorch") || library.starts_with("libc10"))
      warnings.push_back("it needs " + std::string(library) +
                         ": a plugin gets copies of numbers and texts and needs no LibTorch, "
                         "which fits one version only.");
  return warnings;
}

void print_declaration(const Plugin& plugin, const tb_module& module) {
  const unsigned width = text_width();
  const tb_observer& observer = *plugin.observer;
  const std::string major = std::to_string(TB_ABI_MAJOR) + ".";
  std::cout << "\nPlugin\n";
  std::vector<std::vector<std::string>> rows = {
      {"id", plugin.id + ' ' + std::string(plugin.version())},
      {"role", std::string(plugin.role())},
      {"summary", wrapped(plugin.summary(), 13, width)},
      {"events", wrapped(events_text(observer), 13, width)}};
  if (observer.metrics) rows.push_back({"metrics", wrapped(metrics_text(observer), 13, width)});
  if (observer.option_count > 0)
    rows.push_back({"options", wrapped(option_names(plugin), 13, width)});
  rows.push_back({"keeps state", offers_state(observer) ? "yes" : "no"});
  rows.push_back({"ABI", "built with " + major + std::to_string(module.abi_minor) + ", needs " +
                             major + std::to_string(observer.needs_minor) + " or later"});
  if (module.built_with && *module.built_with) rows.push_back({"compiler", module.built_with});
  print_table(std::cout, rows, "  ");
}

void print_declaration(const Plugin& plugin, const tb_reward_module& module) {
  const unsigned width = text_width();
  const std::string major = std::to_string(TB_REWARD_ABI_MAJOR) + ".";
  std::cout << "\nPlugin\n";
  std::vector<std::vector<std::string>> rows = {
      {"id", plugin.id + ' ' + std::string(plugin.version())},
      {"role", std::string(plugin.role())},
      {"summary", wrapped(plugin.summary(), 13, width)}};
  if (plugin.reward->option_count > 0)
    rows.push_back({"options", wrapped(option_names(plugin), 13, width)});
  rows.push_back({"threads", threads_text(*plugin.reward)});
  rows.push_back({"ABI", "built with " + major + std::to_string(module.abi_minor) + ", needs " +
                             major + std::to_string(plugin.reward->needs_minor) + " or later"});
  if (module.built_with && *module.built_with) rows.push_back({"compiler", module.built_with});
  print_table(std::cout, rows, "  ");
}

void print_measurements(const Record& record, const std::string& requests) {
  if (record.steps > 0) {
    print_costs(record);
    std::vector<std::vector<std::string>> rows = {
        {"memory", record.heap_per_10000_steps > 0
                       ? "grows by " + bytes_text(record.heap_per_10000_steps) + " per 10,000 steps"
                       : "does not grow with the steps"},
        {"written", bytes_text(static_cast<double>(record.bytes_written))}};
    std::cout << '\n';
    print_table(std::cout, rows, "  ");
  }
  if (const KindCost& cost = record.answers; cost.events > 0) {
    std::cout << "\nCost of " << cost.events << " answers\n";
    print_table(std::cout,
                {{"mean", duration_text(static_cast<double>(cost.total_ns) /
                                        static_cast<double>(cost.events))},
                 {"worst", duration_text(static_cast<double>(cost.worst_ns))},
                 {"memory",
                  record.heap_grows ? "grows with the answers" : "does not grow with the answers"}},
                "  ");
  }
  if (!requests.empty())
    std::cout << "  asked for  " << wrapped(requests, 13, text_width()) << '\n';
}

}  // namespace trainbus::cli
