// Whether this is a build of tests/run.sh --sanitize.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define TRAINBUS_IS_SANITIZED 1
#elif defined(__has_feature)
#define TRAINBUS_IS_SANITIZED (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#else
#define TRAINBUS_IS_SANITIZED 0
#endif

namespace trainbus::testing {

inline constexpr bool is_sanitized = TRAINBUS_IS_SANITIZED;

}  // namespace trainbus::testing
