// Any change of a checkpoint's bytes and names is detected.
#include <boost/test/unit_test.hpp>

#include "checkpoint_disk.hpp"

namespace trainbus::testing {

namespace fs = std::filesystem;

struct DamageFixture {
  FaultyFileSystem disk;
  FileSystem& files = disk.files();
  fs::path checkpoints = "/run/checkpoints";
  fs::path folder = write_checkpoint(files, checkpoints, 120);

  static std::vector<std::string> all_files() {
    std::vector<std::string> names = {"MANIFEST"};
    for (const auto& [name, content] : contents_of(120)) names.push_back(name);
    return names;
  }
  // Runs action, checks that the damage names what was damaged, and undoes the action.
  template <class Action, class Undo>
  void detects(const std::string& what, Action action, Undo undo) {
    action();
    const std::string damage = damage_of(files, folder);
    BOOST_TEST(contains(damage, what), "found: " << damage << "; expected: " << what);
    undo();
    BOOST_REQUIRE(damage_of(files, folder) == "(it is good)");
  }
};

BOOST_FIXTURE_TEST_SUITE(checkpoint_damage_test, DamageFixture)

BOOST_AUTO_TEST_CASE(every_flipped_bit_of_every_file_is_found) {
  std::size_t flips = 0;
  for (const std::string& name : all_files()) {
    const std::string content = files.read_all(folder / name);
    for (std::size_t bit = 0; bit < 8 * content.size(); ++bit, ++flips) {
      std::string flipped = content;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
      files.replace(folder / name, flipped);
      const std::string damage = damage_of(files, folder);
      BOOST_TEST(contains(damage, name), name << ", bit " << bit << ": " << damage);
    }
    files.replace(folder / name, content);
  }
  BOOST_TEST(flips > 8 * 200u);
  BOOST_TEST(damage_of(files, folder) == "(it is good)");
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_of_every_file_name_is_found) {
  for (const std::string& name : all_files())
    for (std::size_t bit = 0; bit < 8 * name.size(); ++bit) {
      std::string flipped = name;
      flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
      // No file has these in its name, and a folder's other name is another case.
      if (flipped[bit / 8] == '/' || flipped[bit / 8] == '\0' || name[bit / 8] == '/') continue;
      const auto move = [&](const std::string& from, const std::string& to) {
        files.make_folders((folder / to).parent_path());
        files.rename_over(folder / from, folder / to);
      };
      detects(
          name, [&] { move(name, flipped); }, [&] { move(flipped, name); });
    }
}

BOOST_AUTO_TEST_CASE(every_flipped_bit_of_the_folders_name_is_found) {
  const std::string name = folder.filename();
  for (std::size_t bit = 0; bit < 8 * name.size(); ++bit) {
    std::string flipped = name;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);
    if (flipped[bit / 8] == '/') continue;  // no name has it
    files.rename_over(folder, checkpoints / flipped);
    const CheckpointSearch search = newest_good(files, checkpoints);
    BOOST_TEST(!search.newest, flipped);
    BOOST_TEST(search.rejected.size() == 1u, flipped);
    files.rename_over(checkpoints / flipped, folder);
  }
}

BOOST_AUTO_TEST_CASE(a_removed_an_added_and_an_exchanged_file_are_found) {
  for (const std::string& name : all_files()) {
    const std::string content = files.read_all(folder / name);
    detects(
        name, [&] { files.remove(folder / name); }, [&] { files.replace(folder / name, content); });
  }
  detects(
      "observers/new is not in MANIFEST", [&] { files.replace(folder / "observers/new", ""); },
      [&] { files.remove(folder / "observers/new"); });
  const auto exchange = [&] {
    files.rename_over(folder / "model.safetensors", folder / "x");
    files.rename_over(folder / "observers/ema", folder / "model.safetensors");
    files.rename_over(folder / "x", folder / "observers/ema");
  };
  detects("model.safetensors has 9 bytes, expected 49", exchange, exchange);
}

BOOST_AUTO_TEST_CASE(every_cut_and_longer_file_is_found) {
  for (const std::string& name : all_files()) {
    const std::string content = files.read_all(folder / name);
    const auto undo = [&] { files.replace(folder / name, content); };
    for (std::size_t n = 0; n < content.size(); ++n)
      detects(
          name, [&] { files.replace(folder / name, content.substr(0, n)); }, undo);
    detects(
        name, [&] { files.replace(folder / name, content + '\0'); }, undo);
  }
}

BOOST_AUTO_TEST_CASE(a_folder_in_a_files_place_and_a_file_in_the_checkpoints_are_found) {
  detects(
      "observers/ema is missing",
      [&] {
        files.remove(folder / "observers/ema");
        files.make_folders(folder / "observers/ema");
      },
      [&] {
        files.remove_tree(folder / "observers/ema");
        files.replace(folder / "observers/ema", contents_of(120)["observers/ema"]);
      });
  files.replace(checkpoints / "step-00000130", "a file");
  BOOST_TEST(damage_of(files, checkpoints / "step-00000130") == "it is no folder");
  BOOST_TEST(contains(damage_of(files, checkpoints / "step-00000140"), "No such file"));
}

BOOST_AUTO_TEST_CASE(another_steps_content_is_not_taken) {
  write_checkpoint(files, checkpoints, 110);
  files.remove_tree(folder);
  files.rename_over(checkpoints / "step-00000110", folder);
  BOOST_TEST(damage_of(files, folder) ==
             "MANIFEST is of step 110, the folder is named step-00000120");
}

BOOST_AUTO_TEST_CASE(a_look_at_the_sizes_finds_all_but_changed_bytes) {
  const auto look = [&] { return verify_checkpoint(files, folder, CheckpointDepth::Sizes); };
  BOOST_TEST(!look());
  files.replace(folder / "model.safetensors", std::string(49, 'x'));
  BOOST_TEST(!look());
  BOOST_TEST(verify_checkpoint(files, folder).has_value());
  files.replace(folder / "model.safetensors", std::string(48, 'x'));
  BOOST_TEST(look().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace trainbus::testing
