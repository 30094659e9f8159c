// From a class to the constant C description that the host reads. Authors need TRAINBUS_OBSERVER
// only.
#pragma once

#include <trainbus/plugin/host.hpp>
#include <trainbus/plugin/observer.hpp>
#include <trainbus/plugin/option.hpp>
#include <trainbus/plugin/utf8.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <exception>
#include <iterator>
#include <new>
#include <stdexcept>
#include <string_view>
#include <type_traits>

namespace trainbus {
inline namespace plugin_v1 {
namespace detail {

inline void set_error(tb_error* error, std::string_view message) noexcept {
  const std::size_t size = utf8_cut(message, sizeof error->message - 1);
  std::memcpy(error->message, message.data(), size);
  error->message[size] = '\0';
}

// No exception leaves the plugin.
template <class Function>
tb_status guarded(tb_error* error, Function&& function) noexcept {
  try {
    function();
    return TB_OK;
  } catch (const std::exception& thrown) {
    set_error(error, thrown.what());
  } catch (...) {
    set_error(error, "an exception that is not a std::exception");
  }
  return TB_FAILED;
}

template <class... Out>
Hooks<Out...>* hooks_of(Hooks<Out...>*);

// The type of &T::on_step names the class that declares it: the base, or an override below it.
template <class Hook>
constexpr std::uint64_t bit(Hook, Hook, unsigned) {
  return 0;
}
template <class Base, class Hook>
constexpr std::uint64_t bit(Base, Hook, unsigned kind) {
  return std::uint64_t{1} << kind;
}

template <class T>
struct Descriptor {
  using Base = std::remove_pointer_t<decltype(hooks_of(static_cast<T*>(nullptr)))>;
  static constexpr bool is_metric = std::is_base_of_v<MetricObserver, T>;
  static constexpr bool is_control = std::is_base_of_v<ControlObserver, T>;
  static_assert(is_metric || is_control || std::is_base_of_v<Observer, T>,
                "derive in public from trainbus::Observer, MetricObserver or ControlObserver");

  static constexpr std::uint64_t wants() {
    if constexpr (requires { T::wants; }) return T::wants;
    if (bit(&Base::on_event, &T::on_event, 0)) return ~std::uint64_t{0};
    return bit(&Base::on_train_begin, &T::on_train_begin, TB_ON_TRAIN_BEGIN) |
           bit(&Base::on_epoch_begin, &T::on_epoch_begin, TB_ON_EPOCH_BEGIN) |
           bit(&Base::on_epoch_end, &T::on_epoch_end, TB_ON_EPOCH_END) |
           bit(&Base::on_step_begin, &T::on_step_begin, TB_ON_STEP_BEGIN) |
           bit(&Base::on_forward, &T::on_forward, TB_ON_FORWARD) |
           bit(&Base::on_backward, &T::on_backward, TB_ON_BACKWARD) |
           bit(&Base::on_optimizer_step, &T::on_optimizer_step, TB_ON_OPTIMIZER_STEP) |
           bit(&Base::on_step, &T::on_step, TB_ON_STEP) |
           bit(&Base::on_eval_begin, &T::on_eval_begin, TB_ON_EVAL_BEGIN) |
           bit(&Base::on_prediction_step, &T::on_prediction_step, TB_ON_PREDICTION_STEP) |
           bit(&Base::on_evaluate, &T::on_evaluate, TB_ON_EVALUATE) |
           bit(&Base::on_save, &T::on_save, TB_ON_SAVE) |
           bit(&Base::on_exception, &T::on_exception, TB_ON_EXCEPTION) |
           bit(&Base::on_histogram, &T::on_histogram, TB_ON_HISTOGRAM) |
           bit(&Base::on_train_end, &T::on_train_end, TB_ON_TRAIN_END);
  }
  static_assert(wants() != 0, "the observer overrides no hook");

  // ---- options ----
  static constexpr std::size_t option_count() {
    if constexpr (requires { T::options; })
      return std::size(T::options);
    else
      return 0;
  }
  static constexpr auto option_table = [] {
    std::array<tb_option, option_count()> table{};
    if constexpr (option_count() > 0)
      for (std::size_t i = 0; i < table.size(); ++i) table[i] = lower(T::options[i]);
    return table;
  }();
  static constexpr auto option_pointers = [] {
    std::array<const tb_option*, option_count()> pointers{};
    for (std::size_t i = 0; i < pointers.size(); ++i) pointers[i] = &option_table[i];
    return pointers;
  }();
  static constexpr bool options_are_well_formed() {
    if constexpr (option_count() > 0)
      for (const Option& option : T::options)
        if (!is_well_formed(option)) return false;
    return true;
  }
  static_assert(
      options_are_well_formed(),
      "an option needs a kebab-case name, a known type, a default that is not null, a help "
      "line, and choices exactly if it is a choice (its default among them)");

  // ---- metrics ----
  static constexpr auto metric_names = [] {
    if constexpr (is_metric) {
      static_assert(
          requires { T::metrics; }, "declare static constexpr const char* metrics[]");
      std::array<const char*, std::size(T::metrics) + 1> names{};
      for (std::size_t i = 0; i + 1 < names.size(); ++i) names[i] = T::metrics[i];
      return names;
    } else {
      return std::array<const char*, 1>{};
    }
  }();

  // ---- the C functions ----
  static Host host_from(const tb_host* host) {
    return Host(*host, option_pointers.data(), option_pointers.size());
  }
  static void give_control(T& made, const tb_host& host) {
    const auto* api = host_extension<tb_control_api>(host, TB_EXTENSION_CONTROL);
    if (!api) throw std::runtime_error("the host has no " TB_EXTENSION_CONTROL);
    ControlAccess::set(made, api, host);
  }
  static void* create(const tb_host* host, tb_error* error) noexcept {
    T* made = nullptr;  // not a unique_ptr: <memory> alone compiles as long as most plugins
    const tb_status status = guarded(error, [&] {
      if constexpr (std::is_constructible_v<T, const Host&>)
        made = new T(host_from(host));
      else
        made = new T();
      if constexpr (is_control) give_control(*made, *host);
    });
    if (status == TB_OK) return made;
    delete made;  // it was made, and the host lacks what it needs
    return nullptr;
  }
  static tb_status on_event(void* self, const tb_event* event, tb_metrics* out,
                            tb_error* error) noexcept {
    return guarded(error, [&] {
      T& observer = *static_cast<T*>(self);  // of a final class: a direct call
      if constexpr (is_metric) {
        Metrics metrics(*out);
        observer.on_event(Event(*event), metrics);
      } else if constexpr (is_control) {
        static_cast<void>(out);
        Control control = ControlAccess::get(*static_cast<T*>(self));
        observer.on_event(Event(*event), control);
      } else {
        static_cast<void>(out);
        observer.on_event(Event(*event));
      }
    });
  }
  static void destroy(void* self) noexcept { delete static_cast<T*>(self); }

  // ---- state ----
  static constexpr bool saves = bit(&Base::save_state, &T::save_state, 0) != 0;
  static constexpr bool loads = bit(&Base::load_state, &T::load_state, 0) != 0;
  static_assert(saves == loads, "override save_state and load_state both, or none");
  static tb_status save(void* self, void (*write)(void*, tb_text), void* context,
                        tb_error* error) noexcept {
    return guarded(error, [&] { write(context, Text(static_cast<const T*>(self)->save_state())); });
  }
  static tb_status load(void* self, tb_text bytes, tb_error* error) noexcept {
    return guarded(error, [&] { static_cast<T*>(self)->load_state(view(bytes)); });
  }
  static constexpr tb_state_api state{sizeof(tb_state_api), save, load};
  static constexpr tb_extension no_extension{sizeof(tb_extension)};
  static const tb_extension* extension(const char* id) noexcept {
    if (saves && std::string_view(id) == TB_EXTENSION_STATE)
      return reinterpret_cast<const tb_extension*>(&state);
    return &no_extension;
  }

  // ---- the description ----
  static constexpr std::uint32_t role = is_metric    ? TB_ROLE_METRIC
                                        : is_control ? TB_ROLE_CONTROL
                                                     : TB_ROLE_SINK;
  static constexpr std::uint32_t flags() {
    if constexpr (requires { T::flags; })
      return T::flags;
    else
      return 0;
  }
  static constexpr const char* url() {
    if constexpr (requires { T::url; })
      return T::url;
    else
      return "";
  }
  static constexpr const char* license() {
    if constexpr (requires { T::license; })
      return T::license;
    else
      return "";
  }
  static constexpr tb_observer describe(const char* id, const char* version, const char* summary) {
    return {.size = sizeof(tb_observer),
            .role = role,
            .flags = flags(),
            .needs_minor = is_control ? 1u : 0u,
            .id = id,
            .version = version,
            .summary = summary,
            .url = url(),
            .license = license(),
            .options = option_pointers.data(),
            .option_count = option_pointers.size(),
            .metrics = is_metric ? metric_names.data() : nullptr,
            .wants = wants(),
            .create = create,
            .on_event = on_event,
            .destroy = destroy,
            .extension = extension};
  }
};

}  // namespace detail
}  // namespace plugin_v1
}  // namespace trainbus

extern "C" {
extern const tb_module trainbus_module_v1 __attribute__((visibility("default")));
}

#ifdef __clang__
#define TRAINBUS_COMPILER "clang"
#else
#define TRAINBUS_COMPILER "gcc"
#endif

// Once, at global scope, in one source file of the plugin: exports Class as observer `id` ("csv";
// third parties "vendor.name") with its version and a one-line summary.
#define TRAINBUS_OBSERVER(Class, id, version, summary)                                \
  namespace trainbus_exported {                                                       \
  static constexpr tb_observer observer =                                             \
      ::trainbus::detail::Descriptor<Class>::describe(id, version, summary);          \
  static constexpr const tb_observer* observers[] = {&observer};                      \
  }                                                                                   \
  constexpr tb_module trainbus_module_v1 = {sizeof(tb_module),                        \
                                            TB_ABI_MAJOR,                             \
                                            TB_ABI_MINOR,                             \
                                            1,                                        \
                                            trainbus_exported::observers,             \
                                            "trainbus-plugin 1.1, " TRAINBUS_COMPILER \
                                            " " __VERSION__};                         \
  static_assert(true, "so that the macro takes a semicolon")
