#include "text/sources/protobuf.hpp"

#include <bit>
#include <utility>

#include "core/io/error.hpp"

namespace trainbus {

float ProtobufField::number32() const {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value));
}

ProtobufReader::ProtobufReader(std::string_view message, std::string where, std::size_t offset)
    : message_(message), where_(std::move(where)), offset_(offset) {}

void ProtobufReader::refuse(std::size_t at, const std::string& what) const {
  throw UsageError("at byte " + std::to_string(offset_ + at) + ", " + what, where_,
                   "The file is cut off, damaged or no SentencePiece model; get it again from its "
                   "source.");
}

std::uint64_t ProtobufReader::varint(std::size_t begin) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (at_ == message_.size()) refuse(begin, "a number goes on behind the end");
    const auto byte = static_cast<unsigned char>(message_[at_++]);
    if (shift < 64) value |= std::uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return value;
  }
  refuse(begin, "a number has more than 10 bytes");
}

std::uint64_t ProtobufReader::fixed(std::size_t bytes, std::size_t begin) {
  if (message_.size() - at_ < bytes) refuse(begin, "a number goes on behind the end");
  std::uint64_t value = 0;
  for (std::size_t i = bytes; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(message_[at_ + i]);
  at_ += bytes;
  return value;
}

std::optional<ProtobufField> ProtobufReader::next() {
  if (at_ == message_.size()) return std::nullopt;
  const std::size_t begin = at_;
  const std::uint64_t tag = varint(begin);
  ProtobufField field;
  field.number = tag >> 3;
  switch (tag & 7) {
    case 0:
      field.value = varint(begin);
      return field;
    case 1:
      field.kind = ProtobufField::Kind::Fixed64;
      field.value = fixed(8, begin);
      return field;
    case 2: {
      field.kind = ProtobufField::Kind::Bytes;
      const std::uint64_t length = varint(begin);
      if (length > message_.size() - at_)
        refuse(begin, "field " + std::to_string(field.number) + " announces " +
                          std::to_string(length) + " bytes, but " +
                          std::to_string(message_.size() - at_) + " follow");
      field.bytes = message_.substr(at_, static_cast<std::size_t>(length));
      at_ += field.bytes.size();
      return field;
    }
    case 5:
      field.kind = ProtobufField::Kind::Fixed32;
      field.value = fixed(4, begin);
      return field;
    default:
      refuse(begin, "the field type " + std::to_string(tag & 7) + " is none of 0, 1, 2 and 5");
  }
}

ProtobufReader ProtobufReader::inside(const ProtobufField& field) const {
  return {field.bytes, where_,
          offset_ + static_cast<std::size_t>(field.bytes.data() - message_.data())};
}

}  // namespace trainbus
