#include "model_configuration.hpp"

#include <boost/json.hpp>

#include "models/config_file.hpp"
#include "models/pretrained_model.hpp"

namespace trainbus {

std::string configuration_of(const Subject& subject) {
  const auto* model = dynamic_cast<const PretrainedModel*>(subject.model.get());
  if (!model) return "{}";
  boost::json::object configuration =
      boost::json::parse(format_config(model->config())).as_object();
  for (const char* name : {"architectures", "dtype", "torch_dtype", "transformers_version"})
    configuration.erase(name);
  return boost::json::serialize(configuration);
}

}  // namespace trainbus
