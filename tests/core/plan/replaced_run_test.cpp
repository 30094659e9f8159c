// The earlier run of an --overwrite: complete at any time until the new one has started.
#include "core/plan/replaced_run.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <map>

#include "core/plan/run_files.hpp"
#include "support/fault_loop.hpp"

using namespace trainbus;
using testing::at_every_call;
using testing::Fault;
using testing::FaultyFileSystem;
namespace data = boost::unit_test::data;

namespace {

const std::string record =
    R"({"plugins":[{"name":"csv","options":{"path":{"value":"tables/m.csv"}}}]})";

// Files of a run, and a user's own files.
const std::map<std::string, std::string> written = {
    {"run.json", record},
    {"journal", "steps"},
    {"log.txt", "lines"},
    {"events.out.tfevents.1.host.2.0", "events"},
    {"tables/m.csv", "rows"},
    {"tables/m-2.csv", "more"},
    {"tables/m.orphaned-2.csv", "old"},
    {"model/model.safetensors", "weights"},
    {"model/config.json", "{}"},
    {"best-model/model.safetensors", "best"},
    {"checkpoints/step-00000010/MANIFEST", "?"},
    {"checkpoints/step-00000010/optimizer.safetensors", "moments"},
    {"checkpoints/step-00000020.tmp-77/model.safetensors", "half"}};
const std::map<std::string, std::string> own = {{"notes.md", "mine"},
                                                {"model/notes.md", "mine too"},
                                                {"checkpoints/step-00000010/why.txt", "kept"},
                                                {"data/m.csv", "text,label"},
                                                {"tables/m.csv.bak", "backup"},
                                                {"metrics.csv", "of another tool"}};

void put(FileSystem& files, const std::string& name, const std::string& content) {
  const std::filesystem::path path = "/run/" + name;
  files.make_folders(path.parent_path());
  files.replace(path, content);
}

void fill(FileSystem& files) {
  for (const auto& [name, content] : written) put(files, name, content);
  for (const auto& [name, content] : own) put(files, name, content);
}

bool has(const FaultyFileSystem& disk, const std::map<std::string, std::string>& all) {
  for (const auto& [name, content] : all)
    if (disk.content("/run/" + name) != content) return false;
  return true;
}

// The actions of a run that replaces the one in the folder.
void replace_run(FileSystem& files) {
  settle_replaced_run(files, "/run");
  ReplacedRun replaced(files, "/run");
  files.replace("/run/tables/m.csv", "new rows");  // a sink that is created
  files.replace("/run/journal", "new steps");
  files.replace("/run/run.json", "{}");
  replaced.remove();
}

const std::map<std::string, std::string> replacement = {
    {"run.json", "{}"}, {"journal", "new steps"}, {"tables/m.csv", "new rows"}};

}  // namespace

BOOST_AUTO_TEST_SUITE(replaced_run)

BOOST_AUTO_TEST_CASE(only_what_a_run_wrote_is_its_own) {
  FaultyFileSystem disk;
  fill(disk.files());
  std::vector<std::string> found;
  for (const auto& path : files_of_run(disk.files(), "/run", record)) found.push_back(path);
  std::vector<std::string> expected;
  for (const auto& [name, content] : written) expected.push_back(name);
  std::ranges::sort(found);
  BOOST_TEST(found == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_new_run_takes_the_place_and_a_persons_files_stay) {
  FaultyFileSystem disk;
  fill(disk.files());
  replace_run(disk.files());
  BOOST_TEST(has(disk, replacement));
  BOOST_TEST(has(disk, own));
  BOOST_TEST(!disk.content("/run/model/model.safetensors"));
  BOOST_TEST(disk.file_count() == replacement.size() + own.size());
}

BOOST_AUTO_TEST_CASE(a_run_that_is_refused_leaves_the_earlier_one_as_it_was) {
  FaultyFileSystem disk;
  fill(disk.files());
  {
    const ReplacedRun replaced(disk.files(), "/run");
    BOOST_TEST(!disk.content("/run/journal"));
    disk.files().replace("/run/journal", "");
    disk.files().replace("/run/tables/other.csv", "");
  }
  BOOST_TEST(has(disk, written));
  BOOST_TEST(has(disk, own));
  BOOST_TEST(disk.file_count() == written.size() + own.size());
}

// Whatever fails and wherever it is killed: afterwards one of the two runs is complete, and no file
// of the user is lost.
BOOST_DATA_TEST_CASE(whatever_call_fails_one_of_the_two_is_whole,
                     data::make({Fault::Interrupted, Fault::NoSpace, Fault::DiskFull,
                                 Fault::IoError, Fault::DiskGone}),
                     fault) {
  const std::uint64_t calls =
      at_every_call(fault, fill, replace_run, [&](FaultyFileSystem& disk, bool) {
        settle_replaced_run(disk.files(), "/run");  // the next start
        BOOST_TEST(has(disk, own));
        const bool begun = disk.content("/run/run.json") == "{}";
        BOOST_TEST(has(disk, begun ? replacement : written));
        BOOST_TEST(!has_replaced_run(disk.files(), "/run"));
      });
  BOOST_TEST(calls > 100u);
}

// A start after a kill that is killed itself.
BOOST_AUTO_TEST_CASE(putting_back_can_be_interrupted_anywhere) {
  for (const std::uint64_t first : {60u, 90u, 120u, 150u, 180u})
    at_every_call(
        Fault::DiskGone, [&](FileSystem&) {}, [&](FileSystem&) {},
        [&](FaultyFileSystem&, bool) {
          for (std::uint64_t k = 1; k < 200; ++k) {
            FaultyFileSystem disk;
            fill(disk.files());
            disk.fail(Fault::DiskGone, first);
            try {
              replace_run(disk.files());
            } catch (const Error&) {
            }
            disk.fail(Fault::DiskGone, k);
            try {
              settle_replaced_run(disk.files(), "/run");
            } catch (const Error&) {
            }
            const bool met = disk.fault_met();
            disk.heal();
            settle_replaced_run(disk.files(), "/run");
            const bool begun = disk.content("/run/run.json") == "{}";
            BOOST_TEST(has(disk, begun ? replacement : written), first << " then " << k);
            BOOST_TEST(has(disk, own));
            if (!met) break;
          }
        });
}

BOOST_AUTO_TEST_SUITE_END()
