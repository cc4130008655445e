"""How hashes are written for other people: lists of theirs in one form, and the bank for export."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from filter.message import ListedHash
from filter.pictures.algorithms import DEFAULT_QUALITY, HASH_BYTES
from filter.pictures.listfile import ReadList
from filter.pictures.lists import label_of
from filter.ruleset import BankedImage

# What can be written, and the algorithm of its hashes.
FORMATS = {"pdq-csv": "pdq", "threatexchange-json": "pdq", "phash": "phash64"}


def format_list(read: ReadList) -> str:
    """Return a list that was read as ``hash,quality,label``, the form that is read fastest."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(["hash", "quality", "label"])
    hashes, width = read.hashes, HASH_BYTES[read.hashes.algorithm]
    for row, quality in enumerate(read.qualities):
        one = hashes.hashes[row * width : (row + 1) * width]
        writer.writerow([one.hex(), quality, label_of(hashes, row)])
    return target.getvalue()


def hash_to_export(image: BankedImage, format_: str) -> ListedHash | None:
    """Return the hash that other people would compare with, None when there is none of use."""
    algorithm = FORMATS[format_]
    return next(
        (
            one
            for one in image.appearance.listed
            if one.algorithm == algorithm and one.quality >= DEFAULT_QUALITY[algorithm]
        ),
        None,
    )


def export_lines(images: tuple[BankedImage, ...], format_: str) -> Iterator[str]:
    """Yield the lines of a list of known pictures; those without a hash of use are left out.

    ``pdq-csv`` and ``phash`` are CSV with a header, ``threatexchange-json`` is one object a line
    with the fields of a threat descriptor: type, indicator, description, tags.
    """
    if format_ != "threatexchange-json":
        yield "hash,quality,label" if format_ == "pdq-csv" else "hash,label"
    for image in images:
        one = hash_to_export(image, format_)
        if one is None:
            continue
        if format_ == "threatexchange-json":
            signal = {
                "type": "HASH_PDQ",
                "indicator": one.hash.hex(),
                "description": image.label,
                "tags": [image.id],
            }
            yield json.dumps(signal, ensure_ascii=False)
        else:
            quality = [one.quality] if format_ == "pdq-csv" else []
            yield _csv([one.hash.hex(), *quality, image.label])


def _csv(fields: list[object]) -> str:
    target = io.StringIO()
    csv.writer(target, lineterminator="").writerow(fields)
    return target.getvalue()
