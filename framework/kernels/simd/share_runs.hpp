// Internal: runs of z (see z_runs.hpp) for which the elements' place in the period of shares
// matters: z of one share, or of all shares with a scale for each.
#pragma once

#include <cstdint>

#include "kernels/simd/z_runs.hpp"

namespace trainbus::kernels {

// z of S::width elements of which those of a share get it, from bit `first` of `share` on.
template <class S, int first, class Z>
struct ShareVector {
  Z z;
  std::uint64_t share;
  typename S::F add(typename S::F scale, typename S::F x) const {
    return S::template select_bits<first>(share, z.add(scale, x), x);
  }
};

// z of S::width elements with scales of their own.
template <class S, class Z>
struct ScaledVector {
  Z z;
  typename S::F scales;
  typename S::F add(typename S::F, typename S::F x) const { return z.add(scales, x); }
};

// What applies to 64 elements: of<first>(z) decorates the vector from element `first` on, behind()
// is for the elements behind the first vector.
template <class S>
struct ShareLanes {
  std::uint64_t share;
  template <int first, class Z>
  ShareVector<S, first, Z> of(Z z) const {
    return {z, share};
  }
  ShareLanes behind() const { return {share >> S::width % 64}; }
};

template <class S>
struct ScaleLanes {
  const float* scales;
  template <int first, class Z>
  ScaledVector<S, Z> of(Z z) const {
    return {z, S::load(scales + first)};
  }
  ScaleLanes behind() const { return {scales + S::width}; }
};

// The lanes of the 64 elements that are next, and of the 64 behind them, …
template <class S>
struct ShareCursor {
  std::uint64_t comb;
  std::uint32_t period, step;
  std::uint32_t ahead;  // elements before the share's next one

  // phase: (row + column) of the next element modulo the period.
  ShareCursor(const Share& share, std::uint32_t phase)
      : comb(share.comb),
        period(share.period),
        step(share.step),
        ahead(share.number - phase + (share.number < phase ? share.period : 0)) {}

  ShareLanes<S> next() {
    const std::uint64_t share = ahead < 64 ? comb << ahead : 0;
    ahead = ahead - step + (ahead < step ? period : 0);
    return {share};
  }
};

template <class S>
struct ScaleCursor {
  const float* scales;
  ScaleLanes<S> next() {
    const float* const now = scales;
    scales += 64;
    return {now};
  }
};

// z of a run, and the lanes of its elements.
template <class Run, class Cursor>
struct LaneRun {
  Run z;
  Cursor lanes;
};

template <class S, int first = 0, class Work, class Lanes>
void for_lane_word(const Work& work, int at, std::uint64_t signs, const Lanes& lanes) {
  work.vector(at + first, lanes.template of<first>(SignVector<S, first>{signs}));
  if constexpr (first + S::width < 64) for_lane_word<S, first + S::width>(work, at, signs, lanes);
}

// The last elements of a row, fewer than a word or a vector. Not inlined, since it runs once a row.
template <class S, class Work, class Lanes>
[[gnu::noinline]] void do_rest(const Work& work, int at, int count, SignRun<S> z,
                               const Lanes& lanes) {
  typename Work::Aside aside(work, at, count);
  for_lane_word<S>(aside.work, 0, z.words[at / 64], lanes);
  aside.give_back();
}

template <class S, class Work, class Lanes>
[[gnu::noinline]] void do_rest(const Work& work, int at, int count, ValueRun<S> z,
                               const Lanes& lanes) {
  typename Work::Aside aside(work, at, count);
  aside.work.vector(0, lanes.template of<0>(ValueVector<S>{S::load(z.values + at)}));
  aside.give_back();
}

template <class S, class Work, class Cursor>
void do_run(const Work& work, int count, LaneRun<SignRun<S>, Cursor> run) {
  int i = 0;
  for (; i + 64 <= count; i += 64) for_lane_word<S>(work, i, run.z.words[i / 64], run.lanes.next());
  if (i < count) do_rest<S>(work, i, count - i, run.z, run.lanes.next());
}

template <class S, class Work, class Cursor>
void do_run(const Work& work, int count, LaneRun<ValueRun<S>, Cursor> run) {
  int i = 0;
  auto lanes = run.lanes.next();
  for (; i + S::width <= count; i += S::width) {
    work.vector(i, lanes.template of<0>(ValueVector<S>{S::load(run.z.values + i)}));
    lanes = (i + S::width) % 64 == 0 ? run.lanes.next() : lanes.behind();
  }
  if (i < count) do_rest<S>(work, i, count - i, run.z, lanes);
}

// The same vectors' z from element `count` on; signs are never cut, since they have whole rows.
template <class S>
SignRun<S> behind(SignRun<S> z, int) {
  return z;
}
template <class S>
ValueRun<S> behind(ValueRun<S> z, int count) {
  return {z.values + count};
}

// Calls use for a run, decorated. phase: (row + column) of its first element modulo the period.
template <class S, class Run, class Use>
void use_with_lanes(const ZTerm& term, std::uint32_t phase, int row, int column, int count, Run z,
                    const Use& use) {
  if (term.scales)
    use(row, column, count, LaneRun<Run, ScaleCursor<S>>{z, {term.scales + phase}});
  else
    use(row, column, count, LaneRun<Run, ShareCursor<S>>{z, ShareCursor<S>(term.share, phase)});
}

// Where the elements of a tensor in linear order are, one after the other.
template <class S>
struct LinearPlace {
  std::uint32_t period, row_phase, phase;  // of the row's first element, of the next element
  std::int64_t columns, left;              // in the row

  LinearPlace(const Share& share, std::int64_t element)
      : period(share.period),
        row_phase(static_cast<std::uint32_t>(element / share.columns % share.period)),
        phase(static_cast<std::uint32_t>((row_phase + element % share.columns) % share.period)),
        columns(share.columns),
        left(share.columns - element % share.columns) {}
  void advance(int count) {
    left -= count;
    phase = (phase + static_cast<std::uint32_t>(count)) % period;
    if (left > 0) return;
    left = columns;
    phase = row_phase = row_phase + 1 == period ? 0 : row_phase + 1;
  }
};

// As for_runs; if shared, for a term with a share or scales, with runs that do not cross rows.
template <class S, bool shared, class Use>
void for_term_runs(const ZTerm& term, const Region& region, const Block& block, const Use& use) {
  if constexpr (!shared) {
    for_runs<S>(term, region, block, use);
  } else if (region.tiled) {
    const std::uint32_t period = term.share.period;
    const auto start = static_cast<std::uint32_t>((block.row + block.column) % period);
    for_runs<S>(term, region, block, [&](int row, int column, int count, auto z) {
      const std::uint32_t phase = (start + static_cast<std::uint32_t>(row + column)) % period;
      use_with_lanes<S>(term, phase, row, column, count, z, use);
    });
  } else {
    LinearPlace<S> place(term.share, block.column);
    for_runs<S>(term, region, block, [&](int row, int column, int count, auto z) {
      for (int at = 0, now; at < count; at += now) {
        now = place.left < count - at ? static_cast<int>(place.left) : count - at;
        use_with_lanes<S>(term, place.phase, row, column + at, now, behind(z, at), use);
        place.advance(now);
      }
    });
  }
}

// Which elements of a tile of signs belong to the share, tile after tile to the right.
template <class S>
struct TileShares {
  std::uint64_t comb, period, step;
  std::uint64_t ahead[tile_rows];                 // as ShareCursor's
  std::uint64_t words[words_per_row][tile_rows];  // bit k of words[w][row]: column 64·w + k

  // Before the first tile of the rows from `row` on.
  void begin(const Share& share, std::int64_t row) {
    comb = share.comb;
    period = share.period;
    step = share.step;
    for (int r = 0; r < tile_rows; ++r)
      ahead[r] = ShareCursor<S>(share, static_cast<std::uint32_t>((row + r) % share.period)).ahead;
  }
  void next() {
    for (auto& column : words)
      for (int r = 0; r < tile_rows; ++r) {
        column[r] = ahead[r] < 64 ? comb << (ahead[r] & 63) : 0;
        ahead[r] = ahead[r] - step + (ahead[r] < step ? period : 0);
      }
  }
  // From bit 0 on those of a row's S::width elements from column k on.
  std::uint64_t bits(int row, std::int64_t k) const { return words[k / 64][row] >> (k % 64); }
};

}  // namespace trainbus::kernels
