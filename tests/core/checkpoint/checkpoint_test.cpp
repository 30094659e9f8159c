#include <boost/test/unit_test.hpp>

#include <sys/stat.h>

#include "checkpoint_disk.hpp"
#include "support/test_paths.hpp"

namespace trainbus::testing {

namespace fs = std::filesystem;

// On the real file system.
struct CheckpointFixture {
  ScratchFolder folder;
  fs::path checkpoints = folder / "checkpoints";
  FileSystem& files = file_system();
};

BOOST_FIXTURE_TEST_SUITE(checkpoint_test, CheckpointFixture)

BOOST_AUTO_TEST_CASE(a_committed_checkpoint_is_good_and_has_what_was_written) {
  const fs::path path = write_checkpoint(files, checkpoints, 120);
  BOOST_TEST(path == checkpoints / "step-00000120");
  BOOST_TEST(damage_of(files, path) == "(it is good)");
  BOOST_TEST((read_checkpoint(files, path) == contents_of(120)));
  BOOST_TEST(files.list(checkpoints).size() == 1u);
}

BOOST_AUTO_TEST_CASE(until_its_commit_there_is_no_checkpoint_and_without_it_nothing_stays) {
  {
    CheckpointWriter writer(files, checkpoints, 3, 10);
    writer.add("a/b/c", "content");
    const CheckpointSearch search = newest_good(files, checkpoints);
    BOOST_TEST(!search.newest);
    BOOST_TEST(search.rejected.empty());
    BOOST_REQUIRE(search.temporaries.size() == 1u);
    BOOST_TEST(search.temporaries[0] == writer.folder());
  }
  BOOST_TEST(files.list(checkpoints).empty());
}

BOOST_AUTO_TEST_CASE(large_files_are_written_and_summed_in_pieces) {
  std::string large(5'000'000, '\0');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>(i * 2654435761u >> 9);
  CheckpointWriter writer(files, checkpoints, 1, large.size());
  CheckpointFile& file = writer.open("large", large.size());
  file.append(large.substr(0, 1'234'567));
  file.append(large.substr(1'234'567));
  files.replace(writer.folder() / "adopted", large);
  const fs::path path = writer.commit();
  BOOST_TEST(damage_of(files, path) == "(it is good)");
  BOOST_TEST((files.read_all(path / "large") == large));
}

BOOST_AUTO_TEST_CASE(names_that_lead_out_of_the_folder_are_refused) {
  CheckpointWriter writer(files, checkpoints, 1, 0);
  for (const char* name : {"../a", "/tmp/a", "MANIFEST", ""})
    BOOST_CHECK_THROW(writer.add(name, "x"), RunError);
  writer.add("a", "x");
  BOOST_CHECK_THROW(writer.add("a", "y"), RunError);
}

BOOST_AUTO_TEST_CASE(a_manifest_by_other_code_is_refused) {
  CheckpointWriter writer(files, checkpoints, 1, 0);
  files.replace(writer.folder() / "MANIFEST", "mine");
  BOOST_CHECK_THROW(writer.commit(), RunError);
}

BOOST_AUTO_TEST_CASE(a_file_that_vanishes_before_the_commit_is_missed) {
  CheckpointWriter writer(files, checkpoints, 1, 0);
  writer.add("a", "x");
  files.remove(writer.folder() / "a");
  BOOST_TEST(contains(run_error([&] { writer.commit(); }), "a is missing"));
  BOOST_TEST(newest_step(files, checkpoints) == 0u);
}

BOOST_AUTO_TEST_CASE(the_newest_good_one_is_found_and_the_bad_ones_above_it_are_named) {
  BOOST_TEST(!newest_good(files, checkpoints).newest);  // there is not even the folder
  for (std::uint64_t step : {5, 10, 90, 100'000'000}) write_checkpoint(files, checkpoints, step);
  BOOST_TEST(newest_step(files, checkpoints) == 100'000'000u);
  files.remove(checkpoints / "step-100000000/observers/ema");
  files.remove(checkpoints / "step-00000090/MANIFEST");
  files.make_folders(checkpoints / "keep");
  files.replace(checkpoints / "notes.txt", "");
  const CheckpointSearch search = newest_good(files, checkpoints);
  BOOST_REQUIRE(search.newest.has_value());
  BOOST_TEST(search.newest->path == checkpoints / "step-00000010");
  BOOST_REQUIRE(search.rejected.size() == 3u);
  BOOST_TEST(search.rejected[0].path == checkpoints / "step-100000000");
  BOOST_TEST(search.rejected[0].why == "observers/ema is missing");
  BOOST_TEST(search.rejected[1].why ==
             "it has no MANIFEST: it was not finished, or its removal has begun");
  BOOST_TEST(search.rejected[2].path == checkpoints / "keep");
}

BOOST_AUTO_TEST_CASE(the_newest_before_a_step_can_be_asked_for) {
  for (std::uint64_t step : {5, 10, 20}) write_checkpoint(files, checkpoints, step);
  BOOST_TEST(newest_good(files, checkpoints, 10).newest->step == 10u);
  BOOST_TEST(newest_good(files, checkpoints, 19).newest->step == 10u);
  BOOST_TEST(!newest_good(files, checkpoints, 4).newest);
}

BOOST_AUTO_TEST_CASE(what_earlier_attempts_left_unfinished_is_removed_and_named) {
  write_checkpoint(files, checkpoints, 5);
  files.make_folders(checkpoints / "step-00000006.tmp-17/deep");
  files.replace(checkpoints / "step-00000006.tmp-17/deep/a", "half");
  const std::vector<fs::path> removed = remove_temporaries(files, checkpoints);
  BOOST_REQUIRE(removed.size() == 1u);
  BOOST_TEST(removed[0] == checkpoints / "step-00000006.tmp-17");
  BOOST_TEST(files.list(checkpoints).size() == 1u);
  BOOST_TEST(remove_temporaries(files, folder / "none").empty());
}

BOOST_AUTO_TEST_CASE(what_is_neither_a_file_nor_a_folder_is_refused_and_not_opened) {
  const fs::path path = write_checkpoint(files, checkpoints, 5);
  fs::remove(path / "observers/ema");
  BOOST_REQUIRE(::mkfifo((path / "observers/ema").c_str(), 0666) == 0);  // opening it would wait
  BOOST_TEST(contains(damage_of(files, path), "observers/ema is neither a file nor a folder"));
  fs::rename(path, folder / "elsewhere");
  fs::create_directory_symlink(folder / "elsewhere", path);
  BOOST_TEST(damage_of(files, path) == "it is no folder");
}

BOOST_AUTO_TEST_CASE(a_good_checkpoint_of_the_same_step_stays) {
  write_checkpoint(files, checkpoints, 7);
  CheckpointWriter writer(files, checkpoints, 7, 0);
  writer.add("other", "content");
  BOOST_TEST(writer.commit() == checkpoints / "step-00000007");
  BOOST_TEST(newest_step(files, checkpoints) == 7u);
}

BOOST_AUTO_TEST_CASE(a_damaged_checkpoint_of_the_same_step_is_set_aside) {
  for (int round = 0; round < 2; ++round) {  // the second finds one set aside already
    const fs::path path = write_checkpoint(files, checkpoints, 7);
    files.replace(path / "model.safetensors", "damage " + std::to_string(round));
    write_checkpoint(files, checkpoints, 7);
    BOOST_TEST(newest_step(files, checkpoints) == 7u);
    BOOST_TEST(files.read_all(checkpoints / "step-00000007.bad/model.safetensors") ==
               "damage " + std::to_string(round));
    BOOST_TEST(newest_good(files, checkpoints).rejected.empty());
    files.replace(path / "model.safetensors", "again");
  }
}

BOOST_AUTO_TEST_CASE(names_sort_as_steps_do_and_only_ours_are_taken) {
  BOOST_TEST(step_folder_name(120) == "step-00000120");
  BOOST_TEST(step_folder_name(1234567890123) == "step-1234567890123");
  BOOST_TEST(parse_step_folder("step-00000120")->step == 120u);
  BOOST_CHECK(parse_step_folder("step-00000120.tmp-4711")->kind == StepFolder::Kind::Temporary);
  BOOST_CHECK(parse_step_folder("step-00000120.bad")->kind == StepFolder::Kind::SetAside);
  for (const char* name :
       {"", "step-", "step-120", "step-000000120", "step-00000120x", "Step-00000120",
        "step-00000120.tmp", "step-00000120.tmp-", "step-00000120.tmp-x", "step-00000120.badder",
        "step--0000012", "step-99999999999999999999", "step-00000120."})
    BOOST_TEST(!parse_step_folder(name), name);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
