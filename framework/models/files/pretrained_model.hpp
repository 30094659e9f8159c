// A model that comes from a checkpoint in Hugging Face's layout, and goes back there.
#pragma once

#include <string>
#include <vector>

#include "formats/config/config.hpp"
#include "models/files/checkpoint.hpp"
#include "models/model.hpp"

namespace trainbus {

struct KeptFile {
  std::string name;  // within the folder, "chat_template.jinja"
  std::string bytes;
};

class TRAINBUS_EXPORT PretrainedModel : public Model {
 public:
  PretrainedModel(ModelConfig config, Parameters parameters)
      : Model(std::move(parameters)), config_(std::move(config)) {}

  std::string family() const override { return config_.model_type; }
  // What config.json is to say of the model as it is now.
  const ModelConfig& config() const { return config_; }
  // The longest text that it reads, in tokens.
  virtual std::int64_t positions() const { return config_.max_position_embeddings; }
  // Whether keys and values that were computed in a text of `from` tokens are those of the same
  // text when it is `to` tokens long: not where rotary frequencies depend on the length.
  virtual bool keys_serve(std::int64_t /*from*/, std::int64_t /*to*/) const { return true; }
  // Begins these parameters of a new head, a pure function of the seed. Nothing for models without
  // one.
  virtual void initialize(const std::vector<std::string>& /*names*/, std::uint64_t /*seed*/) {}

  // Files of the model's folder that trainbus does not read (chat templates, generation settings);
  // they are saved as they were.
  const std::vector<KeptFile>& kept_files() const { return kept_files_; }
  void keep_files(std::vector<KeptFile> files) { kept_files_ = std::move(files); }

  // Tensors of the checkpoint that this model does not compute with and does not train; they are
  // saved as they were.
  const std::vector<StoredTensor>& untouched() const { return untouched_; }
  void keep_untouched(std::vector<StoredTensor> tensors) { untouched_ = std::move(tensors); }

 private:
  ModelConfig config_;
  std::vector<StoredTensor> untouched_;
  std::vector<KeptFile> kept_files_;
};

}  // namespace trainbus
