// The border between the launcher and the engine's verbs, a module that is loaded only for a run.
// Both come from one build, so C++ types cross it.
#pragma once

#include "core/export.hpp"
#include "core/io/requests.hpp"
#include "core/plan/run_spec.hpp"

namespace trainbus {

// Returned when the run stopped early and cleanly on the launcher's request: the launcher then ends
// by the signal that it got.
inline constexpr int engine_interrupted = -1;

// The exit code of a run that stopped early and cleanly and can be continued with `trainbus
// resume`: EX_TEMPFAIL of sysexits.h, which schedulers read as "try again".
inline constexpr int exit_resumable = 75;

// Does what spec.verb asks and returns an exit code: 0 done, 1 failed, 3 a quarantine under
// --strict-plugins, exit_resumable, or engine_interrupted. May throw: UsageError and PluginError
// refuse before step 0, anything else is a failure. Called once, on the main thread, with signals
// blocked.
using EngineVerb = int(const RunSpec& spec, Requests& requests);

// Defines the exported symbol of a verb in trainbus_engine_verbs.so:
//
//     TRAINBUS_ENGINE_VERB(eval)(const RunSpec& spec, Requests& requests) { … }  // in trainbus
inline constexpr const char* engine_verb_prefix = "trainbus_verb_";
#define TRAINBUS_ENGINE_VERB(name) extern "C" TRAINBUS_EXPORT int trainbus_verb_##name

}  // namespace trainbus
