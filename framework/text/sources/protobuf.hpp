// Reads messages in the protocol buffers wire format (protobuf.dev/programming-guides/encoding),
// field by field, without a schema. Internal to the reader of SentencePiece models.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trainbus {

struct ProtobufField {
  enum class Kind { Varint, Fixed64, Bytes, Fixed32 } kind = Kind::Varint;
  std::uint64_t number = 0;
  std::uint64_t value = 0;  // of a varint, or the bits of a fixed field
  std::string_view bytes;   // of Kind::Bytes: a text, bytes, or a message inside

  std::int32_t integer() const { return static_cast<std::int32_t>(value); }  // of type int32
  bool flag() const { return value != 0; }
  float number32() const;  // of type float
};

// A view: the bytes must outlive it.
class ProtobufReader {
 public:
  // where: the file, for messages. offset: where the message begins in it.
  ProtobufReader(std::string_view message, std::string where, std::size_t offset = 0);

  // The next field; none at the end. Throws UsageError for what is no field, or ends behind the
  // message's end.
  std::optional<ProtobufField> next();
  // The reader of a message inside, which this reader's field holds.
  ProtobufReader inside(const ProtobufField& field) const;

 private:
  std::uint64_t varint(std::size_t begin);
  std::uint64_t fixed(std::size_t bytes, std::size_t begin);
  [[noreturn]] void refuse(std::size_t at, const std::string& what) const;

  std::string_view message_;
  std::string where_;
  std::size_t offset_;
  std::size_t at_ = 0;
};

}  // namespace trainbus
