// A model that comes from a checkpoint in Hugging Face's layout, and goes back there.
#pragma once

#include "formats/config.hpp"
#include "models/model.hpp"

namespace trainbus {

class TRAINBUS_EXPORT PretrainedModel : public Model {
 public:
  PretrainedModel(ModelConfig config, Parameters parameters)
      : Model(std::move(parameters)), config_(std::move(config)) {}

  std::string family() const override { return config_.model_type; }
  // What config.json is to say of the model as it is now.
  const ModelConfig& config() const { return config_; }
  // Tensors of the checkpoint that this model does not compute with and does not train; they are
  // saved as they were.
  const Parameters& untouched() const { return untouched_; }
  void keep_untouched(Parameters parameters) { untouched_ = std::move(parameters); }

 private:
  ModelConfig config_;
  Parameters untouched_;
};

}  // namespace trainbus
