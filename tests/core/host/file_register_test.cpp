// The register of files: a file has one writer, whatever its path.
#include "core/host/file_register.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>

#include "core/host/toy_plugin.hpp"
#include "core/io/error.hpp"

namespace trainbus::testing {
namespace {

namespace fs = std::filesystem;

struct RegisterFixture {
  ScratchFolder outside;
  fs::path run = outside / "run";
  FileRegister* files = nullptr;
  std::unique_ptr<FileRegister> owner;
  const FileClaims::Writer csv{&run, "csv"}, other{&files, "other"};

  RegisterFixture() {
    fs::create_directories(run);
    owner = std::make_unique<FileRegister>(run);
    files = owner.get();
  }
  std::string refusal(const fs::path& path) {
    try {
      files->claim(path, csv);
    } catch (const UsageError& error) {
      return error.what();
    }
    return {};
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(file_register_test, RegisterFixture)

BOOST_DATA_TEST_CASE_F(RegisterFixture, the_runs_own_names_are_taken,
                       boost::unit_test::data::make({"journal", "run.json", "run.lock", "log.txt",
                                                     "model", "model/x.csv", "best-model/a/b",
                                                     "checkpoints/step-00000001/x"}),
                       name) {
  BOOST_TEST(has(refusal(run / name), "cannot be written by the plugin csv: it is the"));
  BOOST_TEST(has(refusal(run / "." / name), "cannot be written"));
  BOOST_TEST(has(refusal(run / "sub/.." / name), "cannot be written"));
}

BOOST_AUTO_TEST_CASE(other_names_are_free) {
  for (const char* name : {"metrics.csv", "journal.csv", "models/x", "sub/run.json", "modelling"})
    BOOST_TEST(refusal(run / name) == "");
  BOOST_TEST(refusal(outside / "run.json") == "");
}

BOOST_AUTO_TEST_CASE(a_name_of_a_temporary_file_is_refused_in_the_runs_folder_alone) {
  BOOST_TEST(has(refusal(run / "metrics.csv.tmp-12"), "has the name of a temporary file"));
  BOOST_TEST(refusal(outside / "metrics.csv.tmp-12") == "");
}

BOOST_AUTO_TEST_CASE(links_are_followed_also_those_to_what_is_not_there_yet) {
  fs::create_symlink(run / "journal", outside / "dangling");
  fs::create_symlink("dangling", outside / "twice");
  fs::create_directory_symlink(run, outside / "folder");
  BOOST_TEST(has(refusal(outside / "dangling"), "the run's journal"));
  BOOST_TEST(has(refusal(outside / "twice"), "the run's journal"));
  BOOST_TEST(has(refusal(outside / "folder/log.txt"), "the run's log"));
  BOOST_TEST(has(refusal(outside / "folder/../run/log.txt"), "the run's log"));
  fs::create_symlink("loop", outside / "loop");
  BOOST_TEST(refusal(outside / "loop") == "");  // opening it says why
}

BOOST_AUTO_TEST_CASE(hard_links_are_one_file) {
  file_system().replace(run / "journal", "x");
  fs::create_hard_link(run / "journal", outside / "hard");
  BOOST_TEST(has(refusal(outside / "hard"), "the run's journal"));
}

BOOST_AUTO_TEST_CASE(a_folder_that_is_reached_by_a_link_is_the_same_run) {
  fs::create_directory_symlink(run, outside / "link");
  FileRegister linked(outside / "link");
  BOOST_CHECK_THROW(linked.claim(run / "journal", csv), UsageError);
  BOOST_TEST(linked.is_of_this_run(run / "metrics.csv"));
}

BOOST_AUTO_TEST_CASE(a_writer_may_claim_again_and_others_only_when_all_is_given_back) {
  files->claim(run / "a.csv", csv);
  files->claim(run / "a.csv", csv);
  BOOST_CHECK_EXCEPTION(files->claim(run / "./a.csv", other), UsageError,
                        [](const UsageError& error) {
                          return has(error.what(), "is written by the plugin csv already");
                        });
  files->release(run / "a.csv", csv);
  files->release(run / "a.csv", other);  // not its claim
  BOOST_CHECK_THROW(files->claim(run / "a.csv", other), UsageError);
  files->release(run / "a.csv", csv);
  files->claim(run / "a.csv", other);
  files->claim(run / "b.csv", other);
  files->release_all(other);
  BOOST_TEST(refusal(run / "b.csv") == "");
}

BOOST_AUTO_TEST_CASE(a_file_outside_is_the_runs_if_an_earlier_attempt_wrote_it) {
  BOOST_TEST(files->is_of_this_run(run / "metrics.csv"));
  BOOST_TEST(!files->is_of_this_run(outside / "all.csv"));
  files->adopt(outside / "all.csv");
  BOOST_TEST(files->is_of_this_run(outside / "all.csv"));
}

BOOST_AUTO_TEST_SUITE_END()

// The same through a plugin's C interface.
struct ClaimFixture : PluginFixture {
  FileRegister files{folder.path()};
  HostServices registered{folder.path(), file_system(), screen, nullptr, nullptr, &files};
  tb_error error = {};
};

BOOST_FIXTURE_TEST_SUITE(file_claims_test, ClaimFixture)

BOOST_AUTO_TEST_CASE(opening_and_replacing_are_refused_alike_and_leave_no_folder) {
  const auto observer = make(sink, registered);
  const tb_file_api& api = files_of(Toy::host);
  BOOST_TEST(!api.open(Toy::host, "checkpoints/a.csv", TB_FILE_APPEND, &error));
  BOOST_TEST(has(error.message, "the folder of the run's checkpoints"));
  BOOST_TEST(!file_system().exists(folder / "checkpoints"));
  BOOST_TEST(api.replace(Toy::host, "run.json", "x", 1, &error) == TB_FAILED);
  BOOST_TEST(api.replace(Toy::host, (folder / "journal").c_str(), "x", 1, &error) == TB_FAILED);
  BOOST_TEST(file_system().list(folder.path()).empty());
}

BOOST_AUTO_TEST_CASE(what_one_has_replaced_stays_its_own) {
  const auto one = make(sink, registered);
  const tb_host* const host = Toy::host;
  BOOST_TEST(files_of(host).replace(host, "a.txt", "x", 1, &error) == TB_OK);
  const auto two = make(sink, registered);
  BOOST_TEST(files_of(Toy::host).replace(Toy::host, "a.txt", "y", 1, &error) == TB_FAILED);
  BOOST_TEST(!files_of(Toy::host).open(Toy::host, "a.txt", TB_FILE_APPEND, &error));
  BOOST_TEST(file_system().read_all(folder / "a.txt") == "x");
}

BOOST_AUTO_TEST_CASE(what_was_only_read_is_given_back) {
  file_system().replace(folder / "old.txt", "x");
  const auto one = make(sink, registered);
  const tb_host* const host = Toy::host;
  tb_file* const file = files_of(host).open(host, "old.txt", TB_FILE_APPEND, &error);
  BOOST_REQUIRE(file);
  const auto two = make(sink, registered);
  BOOST_TEST(!files_of(Toy::host).open(Toy::host, "old.txt", TB_FILE_APPEND, &error));
  files_of(host).close(file);
  tb_file* const again = files_of(Toy::host).open(Toy::host, "old.txt", TB_FILE_APPEND, &error);
  BOOST_TEST(again);
  files_of(Toy::host).close(again);
}

BOOST_AUTO_TEST_CASE(a_table_of_another_run_is_refused_and_an_empty_one_is_not) {
  const ScratchFolder outside;
  const std::string path = (outside / "all.csv").string();
  const auto observer = make(sink, registered);
  const auto& api = *reinterpret_cast<const tb_ownership_api*>(
      Toy::host->extension(Toy::host, TB_EXTENSION_OWNERSHIP));
  BOOST_TEST(api.refuse_other_runs(Toy::host, path.c_str(), &error) == TB_OK);
  file_system().replace(path, "");
  BOOST_TEST(api.refuse_other_runs(Toy::host, path.c_str(), &error) == TB_OK);
  file_system().replace(path, "step\n");
  BOOST_TEST(api.refuse_other_runs(Toy::host, path.c_str(), &error) == TB_FAILED);
  BOOST_TEST(has(error.message, "holds what another run wrote"));
  files.adopt(path);
  BOOST_TEST(api.refuse_other_runs(Toy::host, path.c_str(), &error) == TB_OK);
  BOOST_TEST(api.refuse_other_runs(Toy::host, "/dev/null", &error) == TB_OK);
  file_system().replace(folder / "mine.csv", "step\n");
  BOOST_TEST(api.refuse_other_runs(Toy::host, "mine.csv", &error) == TB_OK);
}

BOOST_AUTO_TEST_CASE(a_file_outside_is_not_written_by_two_runs_at_one_time) {
  const ScratchFolder outside, other_folder;
  FileRegister other_files(other_folder.path());
  const std::string path = (outside / "all.csv").string();
  const auto one = make(sink, registered);
  const tb_host* const host = Toy::host;
  tb_file* const file = files_of(host).open(host, path.c_str(), TB_FILE_APPEND, &error);
  BOOST_REQUIRE(file);
  tb_file* const again = files_of(host).open(host, path.c_str(), TB_FILE_APPEND, &error);
  BOOST_TEST(again);  // the same instance reads what it writes
  files_of(host).close(again);
  const auto two =
      make(sink, {other_folder.path(), file_system(), screen, nullptr, nullptr, &other_files});
  BOOST_TEST(!files_of(Toy::host).open(Toy::host, path.c_str(), TB_FILE_APPEND, &error));
  BOOST_TEST(has(error.message, "is being written by another run"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
