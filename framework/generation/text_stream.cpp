#include "generation/text_stream.hpp"

#include <algorithm>
#include <iterator>

#include "core/io/utf8.hpp"

namespace trainbus {
namespace {

bool has_token(const Tokenizer& tokenizer, std::int32_t id) {
  return id >= 0 && id < tokenizer.vocab_size() &&
         !std::ranges::binary_search(tokenizer.spec().unused_ids, id);
}

}  // namespace

std::string generated_text(const Tokenizer& tokenizer, std::span<const std::int32_t> ids) {
  std::vector<std::int32_t> known;
  std::ranges::copy_if(ids, std::back_inserter(known),
                       [&](std::int32_t id) { return has_token(tokenizer, id); });
  return tokenizer.decode(known);
}

std::string TextStream::add(std::int32_t id) {
  if (has_token(*tokenizer_, id)) ids_.push_back(id);
  return next(false);
}

std::string TextStream::finish() { return next(true); }

std::string TextStream::next(bool certain) {
  const std::span ids(ids_);
  const std::string before = tokenizer_->decode(ids.subspan(window_, out_ - window_));
  std::string text = tokenizer_->decode(ids.subspan(window_));
  if (text.starts_with(before))
    text.erase(0, before.size());
  else  // a byte that makes its whole run no text, of which a part is out
    text = tokenizer_->decode(ids.subspan(out_));
  if (text.empty() || (!certain && text.ends_with(utf8_replacement))) return {};
  window_ = out_;
  out_ = ids_.size();
  return text;
}

std::optional<std::size_t> StopTexts::find(std::string_view text, std::size_t from) const {
  std::optional<std::size_t> first;
  for (const std::string& stop : texts_) {
    const std::size_t begin = from >= stop.size() ? from - stop.size() + 1 : 0;
    const std::size_t at = text.find(stop, begin);
    if (at != std::string_view::npos && (!first || at < *first)) first = at;
  }
  return first;
}

std::size_t StopTexts::begun(std::string_view text) const {
  std::size_t most = 0;
  for (const std::string& stop : texts_)
    for (std::size_t n = std::min(stop.size() - 1, text.size()); n > most; --n)
      if (text.ends_with(std::string_view(stop).substr(0, n))) most = n;
  return most;
}

}  // namespace trainbus
