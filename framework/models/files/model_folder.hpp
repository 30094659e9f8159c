// A model's folder on disk: whether it is one, and the files that are kept with it.
// Internal to model_files.cpp.
#pragma once

#include <filesystem>
#include <vector>

#include "models/files/pretrained_model.hpp"

namespace trainbus {

// Throws UsageError unless path is a folder with a config.json: names what is there instead (a
// Hugging Face hub id, a cache's root folder, an adapter, a file of a model) and what to do.
void check_model_folder(const std::filesystem::path& path);

// The files that trainbus neither reads nor writes, without weights: chat templates, generation
// settings, further JSON and text of the tokenizer, licences.
std::vector<KeptFile> files_to_keep(const std::filesystem::path& folder);

// Writes them into the folder, each whole or not at all, except those that are there already.
void write_kept_files(const std::vector<KeptFile>& files, const std::filesystem::path& folder);

}  // namespace trainbus
