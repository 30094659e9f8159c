// report RUN…: one page of charts and tables, written or served.
#include <chrono>
#include <iostream>

#include "core/io/error.hpp"
#include "core/io/file_system.hpp"
#include "report/data.hpp"
#include "report/options.hpp"
#include "report/page.hpp"
#include "report/run_reader.hpp"
#include "report/server.hpp"
#include "table.hpp"
#include "verb.hpp"

namespace trainbus::cli {
namespace {

using namespace report;

// The default title: the runs' names, as many as fit.
std::string title_of(const Request& request, const std::vector<Run>& runs) {
  if (!request.title.empty()) return request.title;
  std::string names;
  for (const Run& run : runs) names += (names.empty() ? "" : ", ") + run.name;
  if (names.size() > 60 && runs.size() > 1) return std::to_string(runs.size()) + " runs";
  return names;
}

Heading heading_of(const Request& request, const std::vector<Run>& runs) {
  const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
  return {title_of(request, runs), request.watch, now.count()};
}

std::string current_data(const Request& request) {
  const std::vector<Run> runs = read_runs(request.runs);
  return data_of(runs, heading_of(request, runs));
}

std::string current_page(const Request& request) {
  const std::vector<Run> runs = read_runs(request.runs);
  const Heading heading = heading_of(request, runs);
  return page_of(built_in_assets(), heading, data_of(runs, heading));
}

std::filesystem::path output_of(const Request& request) {
  if (!request.output.empty()) return request.output;
  return request.runs.size() == 1 ? std::filesystem::path(request.runs[0]) / "report.html"
                                  : std::filesystem::path("report.html");
}

// Replaces only an older report, not a file such as metrics.csv that was named by mistake.
void check_replaceable(const std::filesystem::path& path, bool overwrite) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error))
    throw UsageError("this is a folder, expected the name of a file", path.string(),
                     "Name a file: -o report.html");
  if (const auto folder = path.parent_path();
      !folder.empty() && !std::filesystem::exists(folder, error))
    throw UsageError("there is no such folder", folder.string(), "Make it, or write elsewhere.");
  if (!file_system().exists(path)) return;
  const auto file = file_system().open(path, FileSystem::Mode::Read);
  std::string begin(std::min<std::uint64_t>(file->length(), 4096), '\0');
  file->read(0, begin);
  if (!overwrite && begin.find(generator) == std::string::npos)
    throw UsageError("the file exists and is not a report", path.string(),
                     "Choose another name, or replace it with --overwrite.");
}

int write(const Request& request) {
  const std::filesystem::path path = output_of(request);
  const std::string page = current_page(request);
  check_replaceable(path, request.overwrite);
  file_system().replace(path, page);
  std::cout << path.string() << '\n';
  return exit_done;
}

int serve(const Request& request) {
  current_page(request);  // throws before the address is printed
  Server server(request.port,
                {[&] { return current_page(request); }, [&] { return current_data(request); }});
  server.stop_on_signals();
  std::cout << "http://127.0.0.1:" << server.port() << '/' << std::endl;
  std::cerr << "Open this address in a browser of this machine. Ctrl-C ends.\n";
  server.run();
  return exit_done;
}

int report_runs(const Call& call) {
  const Request request = parse(call.arguments);
  return request.watch ? serve(request) : write(request);
}

void help(const Call&) {
  print_options(std::cout, "Options", "", options(), text_width());
  std::cout << "RUN is the run folder that trainbus train printed; several are drawn in the same\n"
               "charts. The page needs no network and no server. For example:\n\n"
               "  trainbus report runs/first runs/second -o comparison.html\n"
               "  trainbus report runs/first --watch\n";
}

}  // namespace

extern const Verb report_verb;
const Verb report_verb = {
    .name = "report",
    .usage = "RUN… [OPTION]…",
    .summary = "show runs on one page of charts and tables",
    .run = report_runs,
    .help = help,
};

}  // namespace trainbus::cli
