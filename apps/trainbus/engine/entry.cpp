#include <malloc.h>

#include "core/export.hpp"
#include "engine_entry.hpp"
#include "verbs.hpp"

extern "C" TRAINBUS_EXPORT int trainbus_engine_main(const trainbus::RunSpec& spec,
                                                    trainbus::StopRequest& stop) {
  // Activations of some megabytes are made and freed in every layer: keep their pages.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  if (spec.verb == "eval") return trainbus::eval(spec, stop);
  if (spec.verb == "predict") return trainbus::predict(spec, stop);
  if (spec.verb == "probe") return trainbus::probe(spec, stop);
  return trainbus::train(spec, stop);
}
