// The fields of each record in the order of the file, written once for both directions: f is an
// encoder or a decoder. Private to the journal; README.md has the same as tables.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>

#include "core/journal/records.hpp"

namespace trainbus::journal {

constexpr std::string_view magic = "trainbus journal";

// Const for an encoder.
template <class T, class R>
concept A = std::same_as<std::remove_const_t<T>, R>;

void fields(auto& f, A<Header> auto& r) {
  f.constant(magic);
  f.numbers(r.major, r.minor);
  f.version(r.major, r.minor);
  f.text(r.text);
}

void fields(auto& f, A<Attempt> auto& r) {
  f.numbers(r.number);
  f.step(r.resumed_step);
  f.numbers(r.unix_ns);
  f.text(r.text);
}

void fields(auto& f, A<Step> auto& r) {
  f.step(r.step);
  f.numbers(r.epoch, r.unix_ns, r.duration_ns, r.lr, r.decay);
  f.flags(r.skipped, r.norm);
  f.template count<std::uint16_t>(r.tokens);
  f.template count<std::uint16_t>(r.coefficients);
  f.template count<std::uint16_t>(r.means);
  f.template count<std::uint32_t>(r.losses);
  f.items(r.tokens);
  f.items(r.losses);
  f.items(r.means);
  f.items(r.coefficients);
  if (r.norm) f.numbers(*r.norm);
}

void fields(auto& f, A<Evaluation> auto& r) {
  f.step(r.step);
  f.split(r.split);
  f.evaluation(r);
}

void fields(auto& f, A<Save> auto& r) {
  f.step(r.step);
  f.numbers(r.unix_ns);
  f.text(r.path);
}

void fields(auto& f, A<Hash> auto& r) {
  f.step(r.step);
  f.items(r.sha256);
}

void fields(auto& f, A<Request> auto& r) {
  f.step(r.step);
  f.text(r.author);
  f.text(r.what);
  f.text(r.reason);
}

void fields(auto& f, A<End> auto& r) {
  f.step(r.step);
  f.numbers(r.unix_ns);
  f.text(r.kind);
  f.text(r.reason);
}

}  // namespace trainbus::journal
