// From a class to the constant C description that the host reads. Authors need TRAINBUS_OBSERVER
// only.
#pragma once

#include <trainbus/plugin/declared.hpp>
#include <trainbus/plugin/host.hpp>
#include <trainbus/plugin/observer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <type_traits>

namespace trainbus {
inline namespace plugin_v1 {
namespace detail {

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
struct Descriptor : Declared<T> {
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
  static void give_control(T& made, const tb_host& host) {
    const auto* api = host_extension<tb_control_api>(host, TB_EXTENSION_CONTROL);
    if (!api) throw std::runtime_error("the host has no " TB_EXTENSION_CONTROL);
    ControlAccess::set(made, api, host);
  }
  static void* create(const tb_host* host, tb_error* error) noexcept {
    T* made = nullptr;  // not a unique_ptr: <memory> alone compiles as long as most plugins
    const tb_status status = guarded(error, [&] {
      if constexpr (std::is_constructible_v<T, const Host&>)
        made = new T(Declared<T>::host_from(host));
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
  static constexpr tb_observer describe(const char* id, const char* version, const char* summary) {
    return {.size = sizeof(tb_observer),
            .role = role,
            .flags = Declared<T>::flags(),
            .needs_minor = is_control ? 1u : 0u,
            .id = id,
            .version = version,
            .summary = summary,
            .url = Declared<T>::url(),
            .license = Declared<T>::license(),
            .options = Declared<T>::option_pointers.data(),
            .option_count = Declared<T>::option_pointers.size(),
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
