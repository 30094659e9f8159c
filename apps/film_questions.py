"""Makes questions and answers from the plots of .deps/data/rotten_tomatoes.csv: who plays whom. A plot says "Jonathan Ecks
(Antonio Banderas)"; the answer is a span of the text that the question is about.

Usage: film_questions.py [PLOTS.csv [QUESTIONS.jsonl]]"""
import csv
import json
import pathlib
import re
import sys

NAME = r"(?:[A-Z][\w.'’-]*)(?: (?:[A-Z][\w.'’-]*|de|von|van))*"
BEGINNING = r"(?:After|Although|And|As|At|Before|But|For|He|Her|His|If|In|It|Meanwhile|Now|On|One|She|So|Soon|That|Their|Then|There|They|Though|To|Until|When|While|With)"
CAST = re.compile(rf"\b(?:{BEGINNING} )?(?!{BEGINNING}\b)({NAME}) \(([A-Z][\w.'’-]*(?: (?:[A-Z][\w.'’-]*|de|von|van))+)\)")
SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z\"'])")
MOST = 240  # characters of a text


def text_around(plot, cast):
    """The sentences that name the two, with those before and after as far as there is room."""
    spans, start = [], 0
    for end in [match.start() for match in SENTENCE.finditer(plot)] + [len(plot)]:
        spans.append((start, end))
        start = end
    first = next(i for i, (_, end) in enumerate(spans) if cast.start() < end)
    last = next(i for i, (_, end) in enumerate(spans) if cast.end() <= end)
    for after in (True, False) * len(spans):
        lower, upper = (first, last + 1) if after else (first - 1, last)
        if lower >= 0 and upper < len(spans) and spans[upper][1] - spans[lower][0] <= MOST:
            first, last = lower, upper
    return plot[spans[first][0]:spans[last][1]].strip()


def questions(rows):
    for row in rows:
        if row["category"] != "plot":
            continue
        plot = " ".join(row["text"].split())
        for cast in CAST.finditer(plot):
            character, actor = cast.groups()
            text = text_around(plot, cast)
            if len(text) > MOST:
                continue
            for question, answer in ((f"Who plays {character}?", actor), (f"Whom does {actor} play?", character)):
                yield {"film": row["movie_name"], "text": text, "question": question, "answer": answer}


def main(source=".deps/data/rotten_tomatoes.csv", target=".deps/data/film_questions.jsonl"):
    with open(source, newline="", encoding="utf-8") as file:
        rows = list(questions(csv.DictReader(file)))
    pathlib.Path(target).write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    print(f"{len(rows)} questions about {len({row['film'] for row in rows})} films: {target}")


if __name__ == "__main__":
    main(*sys.argv[1:])
