#include "core/export.hpp"
#include "engine_entry.hpp"
#include "verbs.hpp"

extern "C" TRAINBUS_EXPORT int trainbus_engine_main(const trainbus::RunSpec& spec,
                                                    trainbus::StopRequest& stop) {
  if (spec.verb == "eval") return trainbus::eval(spec, stop);
  if (spec.verb == "predict") return trainbus::predict(spec, stop);
  return trainbus::train(spec, stop);
}
