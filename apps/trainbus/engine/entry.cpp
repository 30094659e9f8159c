#include <malloc.h>

#include "core/export.hpp"
#include "engine_entry.hpp"
#include "verbs.hpp"

extern "C" TRAINBUS_EXPORT int trainbus_engine_main(const trainbus::RunSpec& spec,
                                                    trainbus::Requests& requests) {
  // Activations of some megabytes are made and freed in every layer: keep their pages.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  if (spec.verb == "eval") return trainbus::eval(spec, requests);
  if (spec.verb == "predict") return trainbus::predict(spec, requests);
  if (spec.verb == "probe") return trainbus::probe(spec, requests);
  if (spec.verb == "replay") return trainbus::replay(spec, requests);
  return trainbus::train(spec, requests);
}
