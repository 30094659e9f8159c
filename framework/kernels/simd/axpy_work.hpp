// Internal: the element-wise work that the parameter kernels do with a run of z (see z_runs.hpp).
#pragma once

#include <cstdint>

#include "kernels/simd/storage_views.hpp"

namespace trainbus::kernels {

// y where |what forward passes see| is within the limit, else x.
template <class S, bool limited, class View>
typename S::F within_limit(const View& view, std::int64_t i, float limit, typename S::F y,
                           typename S::F x) {
  if constexpr (limited)
    return S::select_at_most(view.seen(i), S::set(limit), y, x);
  else
    return y;
}

// out = fma(scale, z, keep·in). in and out may be the same memory.
template <class S, bool limited, class In, class Out>
struct AxpyWork {
  In in;
  Out out;
  float scale, keep, limit;

  template <class Z>
  void vector(int i, Z z) const {
    const auto x = S::set(keep) * in.load(i);
    out.store(i, within_limit<S, limited>(in, i, limit, z.add(S::set(scale), x), x));
  }

  struct Aside {
    Aside(const AxpyWork& whole, int at, int left)
        : target(whole.out.at(at)),
          count(left),
          work{whole.in.at(at).enter(in_room, left), target.enter(out_room, left), whole.scale,
               whole.keep, whole.limit} {}
    void give_back() const { target.leave(out_room, count); }

    typename In::Room in_room;
    typename Out::Room out_room;
    Out target;
    int count;
    AxpyWork work;
  };
};

// plus = fma(scale, z, in), minus = fma(-scale, z, in).
template <class S, bool limited, class In>
struct BothSidesWork {
  In in;
  Float32View<S> plus, minus;
  float scale, limit;

  template <class Z>
  void vector(int i, Z z) const {
    const auto x = in.load(i);
    plus.store(i, within_limit<S, limited>(in, i, limit, z.add(S::set(scale), x), x));
    minus.store(i, within_limit<S, limited>(in, i, limit, z.add(S::set(-scale), x), x));
  }

  struct Aside {
    Aside(const BothSidesWork& whole, int at, int left)
        : plus(whole.plus.at(at)),
          minus(whole.minus.at(at)),
          count(left),
          work{whole.in.at(at).enter(in_room, left), plus.enter(plus_room, left),
               minus.enter(minus_room, left), whole.scale, whole.limit} {}
    void give_back() const {
      plus.leave(plus_room, count);
      minus.leave(minus_room, count);
    }

    typename In::Room in_room;
    typename Float32View<S>::Room plus_room, minus_room;
    Float32View<S> plus, minus;
    int count;
    BothSidesWork work;
  };
};

// A buffer of float32 on its way from and to parameters, with what forward passes see of these.
template <class S, class View>
struct BufferedView {
  using F = typename S::F;
  struct Room {
    typename Float32View<S>::Room buffer;
    typename View::Room parameters;
  };
  Float32View<S> buffer;
  View parameters;

  F load(std::int64_t i) const { return buffer.load(i); }
  F seen(std::int64_t i) const { return parameters.seen(i); }
  BufferedView at(std::int64_t i) const { return {buffer.at(i), parameters.at(i)}; }
  BufferedView enter(Room& room, int count) const {
    return {buffer.enter(room.buffer, count), parameters.enter(room.parameters, count)};
  }
};

// out = keep·in, without z.
template <class S, class In, class Out>
void scale_run(const In& in, const Out& out, float keep, std::int64_t count) {
  std::int64_t i = 0;
  for (; i + S::width <= count; i += S::width) out.store(i, S::set(keep) * in.load(i));
  if (i == count) return;
  typename In::Room in_room;
  typename Out::Room out_room;
  const int left = static_cast<int>(count - i);
  const Out target = out.at(i);
  target.enter(out_room, left).store(0, S::set(keep) * in.at(i).enter(in_room, left).load(0));
  target.leave(out_room, left);
}

}  // namespace trainbus::kernels
