#include "text/sources/sentence_piece_model.hpp"

#include <utility>

#include "core/io/error.hpp"
#include "core/io/utf8.hpp"
#include "text/sources/protobuf.hpp"

namespace trainbus {
namespace {

using Wire = ProtobufField::Kind;
using Piece = SentencePieceModel::Piece;

constexpr std::string_view remedy = "The file is damaged; get it again from its source.";

// Field numbers of sentencepiece_model.proto.
enum class ModelField : std::uint64_t { Pieces = 1, Trainer = 2, Normalizer = 3 };
enum class PieceField : std::uint64_t { Text = 1, Score = 2, Type = 3 };
enum class TrainerField : std::uint64_t {
  Kind = 3,
  ByteFallback = 35,
  UnkId = 40,
  BosId = 41,
  EosId = 42,
  PadId = 43
};
enum class NormalizerField : std::uint64_t { Charsmap = 2, DummyPrefix = 3, ExtraSpaces = 4 };

Piece parse_piece(ProtobufReader reader, const std::string& where, std::size_t id) {
  Piece piece;
  while (const auto field = reader.next()) {
    const auto number = static_cast<PieceField>(field->number);
    if (number == PieceField::Text && field->kind == Wire::Bytes) piece.text = field->bytes;
    if (number == PieceField::Score && field->kind == Wire::Fixed32)
      piece.score = field->number32();
    if (number == PieceField::Type && field->kind == Wire::Varint)
      piece.type = static_cast<SentencePieceModel::Type>(field->integer());
  }
  if (piece.text.empty() || !is_utf8(piece.text))
    throw UsageError(
        "piece " + std::to_string(id) + " is " + (piece.text.empty() ? "empty" : "not UTF-8"),
        where, remedy);
  return piece;
}

void parse_trainer(ProtobufReader reader, SentencePieceModel& model) {
  while (const auto field = reader.next()) {
    if (field->kind != Wire::Varint) continue;
    switch (static_cast<TrainerField>(field->number)) {
      case TrainerField::Kind:
        model.kind = static_cast<SentencePieceModel::Kind>(field->integer());
        break;
      case TrainerField::ByteFallback:
        model.byte_fallback = field->flag();
        break;
      case TrainerField::UnkId:
        model.unk_id = field->integer();
        break;
      case TrainerField::BosId:
        model.bos_id = field->integer();
        break;
      case TrainerField::EosId:
        model.eos_id = field->integer();
        break;
      case TrainerField::PadId:
        model.pad_id = field->integer();
        break;
    }
  }
}

void parse_normalizer(ProtobufReader reader, SentencePieceModel& model) {
  while (const auto field = reader.next()) {
    const auto number = static_cast<NormalizerField>(field->number);
    if (number == NormalizerField::Charsmap && field->kind == Wire::Bytes)
      model.charsmap = field->bytes;
    if (number == NormalizerField::DummyPrefix && field->kind == Wire::Varint)
      model.add_dummy_prefix = field->flag();
    if (number == NormalizerField::ExtraSpaces && field->kind == Wire::Varint)
      model.remove_extra_whitespaces = field->flag();
  }
}

}  // namespace

SentencePieceModel parse_sentence_piece_model(std::string_view bytes, const std::string& where) {
  SentencePieceModel model;
  model.where = where;
  ProtobufReader reader(bytes, where);
  while (const auto field = reader.next()) {
    if (field->kind != Wire::Bytes) continue;
    switch (static_cast<ModelField>(field->number)) {
      case ModelField::Pieces:
        model.pieces.push_back(parse_piece(reader.inside(*field), where, model.pieces.size()));
        break;
      case ModelField::Trainer:
        parse_trainer(reader.inside(*field), model);
        break;
      case ModelField::Normalizer:
        parse_normalizer(reader.inside(*field), model);
        break;
    }
  }
  if (model.pieces.empty())
    throw UsageError("holds no pieces, so it is no SentencePiece model", where,
                     "Name a tokenizer.model that SentencePiece wrote.");
  if (model.kind != SentencePieceModel::Kind::Unigram &&
      model.kind != SentencePieceModel::Kind::Bpe)
    throw UsageError("its SentencePiece model is of type " +
                         std::to_string(static_cast<int>(model.kind)) +
                         ", expected 1 (unigram) or 2 (BPE)",
                     where, "Take a model with one of these tokenizers.");
  return model;
}

}  // namespace trainbus
