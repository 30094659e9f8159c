// trainbus: write a reward plugin in C++20: a number for an answer that a language model generated.
// The only header to include; it needs plugin.hpp and the standard library. A complete plugin:
//
//     #include <trainbus/reward.hpp>
//
//     struct Brevity : trainbus::Reward {
//       static constexpr trainbus::Option options[] = {
//           trainbus::option::integer("most", "200", "bytes of an answer that cost
//           nothing").min(1)};
//       explicit Brevity(const trainbus::Host& host) : most(host.number<double>("most")) {}
//       double score(const trainbus::Answer& answer) override {
//         return -std::max(0.0, static_cast<double>(answer.text().size()) - most);
//       }
//       double most;
//     };
//     TRAINBUS_REWARD(Brevity, "acme.brevity", "0.1.0", "short answers");
//
// The class may declare, as static constexpr members:
//     trainbus::Option options[]      what the user can set: --acme.brevity.most 100
//     std::uint32_t flags             TB_REWARD_CONCURRENT: threads may share one instance
//     const char* url, * license      where to find it; an SPDX id
// Its constructor takes a `const trainbus::Host&`, or nothing: it has the options and the log, and
// no other service. A constructor that throws refuses the run before step 0 with the exception's
// text; a score() that throws ends it.
//
// What a reward promises, determinism above all, is in reward.h.
#pragma once

#include <trainbus/reward.h>
#include <trainbus/plugin.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace trainbus {
inline namespace plugin_v1 {

// An answer, valid during the call that got it. All texts are valid UTF-8; any may be empty.
class Answer {
 public:
  explicit Answer(const tb_answer& raw) : raw_(&raw) {}

  std::string_view prompt() const { return view(raw_->prompt); }  // all that the model was given
  std::string_view text() const { return view(raw_->answer); }    // what it generated
  // The texts to compare it with, as std::string_view; none if the data has none.
  detail::Range<tb_text> references() const { return {raw_->references, raw_->reference_count}; }
  // Natural logarithms, one for each generated token, in order; that which ends the answer
  // included.
  std::span<const float> token_log_probabilities() const {
    return {raw_->token_log_probabilities, raw_->token_count};
  }
  const tb_answer& raw() const { return *raw_; }

 private:
  const tb_answer* raw_;
};

// The base class of rewards. Override score() in public.
class Reward {
 public:
  virtual ~Reward() = default;
  // A finite number; more is better. The same for the same answer, whatever came before.
  virtual double score(const Answer& answer) = 0;
};

namespace detail {

template <class T>
struct RewardDescriptor : Declared<T> {
  static_assert(std::is_base_of_v<Reward, T>, "derive in public from trainbus::Reward");

  static void* create(const tb_host* host, tb_error* error) noexcept {
    T* made = nullptr;
    guarded(error, [&] {
      if constexpr (std::is_constructible_v<T, const Host&>)
        made = new T(Declared<T>::host_from(host));
      else
        made = new T();
    });
    return made;
  }
  static tb_status score(void* self, const tb_answer* answer, double* reward,
                         tb_error* error) noexcept {
    return guarded(error, [&] { *reward = static_cast<T*>(self)->score(Answer(*answer)); });
  }
  static void destroy(void* self) noexcept { delete static_cast<T*>(self); }
  static const tb_extension* extension(const char*) noexcept {
    static constexpr tb_extension none{sizeof(tb_extension)};
    return &none;
  }
};

template <std::size_t count>
constexpr std::array<const tb_reward*, count> pointers_to(
    const std::array<tb_reward, count>& rewards) {
  std::array<const tb_reward*, count> pointers{};
  for (std::size_t i = 0; i < count; ++i) pointers[i] = &rewards[i];
  return pointers;
}

}  // namespace detail

// A class as a reward of TRAINBUS_REWARDS.
template <class T>
constexpr tb_reward reward(const char* id, const char* version, const char* summary) {
  using Described = detail::RewardDescriptor<T>;
  return {.size = sizeof(tb_reward),
          .flags = Described::flags(),
          .needs_minor = 0,
          .reserved = 0,
          .id = id,
          .version = version,
          .summary = summary,
          .url = Described::url(),
          .license = Described::license(),
          .options = Described::option_pointers.data(),
          .option_count = Described::option_pointers.size(),
          .create = Described::create,
          .score = Described::score,
          .destroy = Described::destroy,
          .extension = Described::extension};
}

}  // namespace plugin_v1
}  // namespace trainbus

extern "C" {
extern const tb_reward_module trainbus_reward_v1 __attribute__((visibility("default")));
}

// Once, at global scope, in one source file of a plugin that offers several rewards:
//
//     TRAINBUS_REWARDS(trainbus::reward<Brevity>("acme.brevity", "0.1.0", "short answers"),
//                      trainbus::reward<Exact>("acme.exact", "0.1.0", "one of the references"));
//
// A host finds each by a file, or a link to it, that is named after its id.
#define TRAINBUS_REWARDS(...)                                                                 \
  namespace trainbus_exported {                                                               \
  static constexpr auto rewards = std::to_array<tb_reward>({__VA_ARGS__});                    \
  static constexpr auto reward_pointers = ::trainbus::detail::pointers_to(rewards);           \
  }                                                                                           \
  constexpr tb_reward_module trainbus_reward_v1 = {sizeof(tb_reward_module),                  \
                                                   TB_REWARD_ABI_MAJOR,                       \
                                                   TB_REWARD_ABI_MINOR,                       \
                                                   trainbus_exported::rewards.size(),         \
                                                   trainbus_exported::reward_pointers.data(), \
                                                   "trainbus-reward 1.0, " TRAINBUS_COMPILER  \
                                                   " " __VERSION__};                          \
  static_assert(true, "so that the macro takes a semicolon")

// Once, at global scope, in one source file of the plugin: exports Class as reward `id` ("brevity";
// third parties "vendor.name") with its version and a one-line summary.
#define TRAINBUS_REWARD(Class, id, version, summary) \
  TRAINBUS_REWARDS(::trainbus::reward<Class>(id, version, summary))
