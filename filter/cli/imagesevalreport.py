"""What `sallyport images eval` says: tables for people, one object for programs, a figure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filter.cli.output import count, print_rows
from filter.cli.picturefiles import has_few_places

if TYPE_CHECKING:
    from filter.pictures.evaluation.counting import Share, Tally
    from filter.pictures.evaluation.dress import Group
    from filter.pictures.evaluation.trials import Cast

_SHOWN = 10  # false matches that are told one by one


def print_report(tally: Tally, cast: Cast, asked: tuple[int, ...]) -> None:
    """Print every table. ``asked`` are the limits that the rules give."""
    from filter.pictures.evaluation.counting import FALSE_GOAL  # noqa: PLC0415 - numpy, lazily
    from filter.pictures.evaluation.matching import DEFAULT_BITS  # noqa: PLC0415

    dressed = len({look.picture for look in tally.looks if look.dress})
    click.echo(
        f"{count(len(cast.known), 'known picture')}, {dressed} of them in "
        f"{count(len(tally.dresses), 'transform')}; {count(len(cast.innocent), 'innocent picture')}"
    )
    kinds = _kinds(tally)
    _title(f"Recall by transform, at {DEFAULT_BITS} bits")
    columns = ("group", "kind", "transform", "recall", *kinds, "pictures")
    print_rows(columns, _transform_rows(tally, kinds))
    _title(f"Recall by group, at {DEFAULT_BITS} bits")
    print_rows(("group", "recall", *kinds, "goal", "met"), _group_rows(tally, kinds))
    _title(f"False matches by kind of picture, at {DEFAULT_BITS} bits; goal {FALSE_GOAL:.0e}")
    print_rows(("looked at", "as", "known", "pairs", "false", "rate", "at most"), _kind_rows(tally))
    _title("What each limit (max_distance_bits) would do")
    groups = [group.value for group in _groups(tally)]
    print_rows(("limit", "false", "rate", *groups, "note"), _limit_rows(tally, asked))
    if tally.false_matches:
        _title("Nearest pairs of different pictures")
        print_rows(("needs", "picture", "transform", "taken for", "views"), _mistaken_rows(tally))
        _title(f"Known pictures that need a smaller limit than {DEFAULT_BITS}")
        print_rows(("known picture", "max_distance_bits", "mistaken"), _smaller_rows(tally))
    click.echo()
    for line in _advice(tally):
        click.echo(line)


def report_as_json(tally: Tally, cast: Cast, asked: tuple[int, ...]) -> dict[str, object]:
    """Return the same for programs."""
    from filter.pictures.evaluation.matching import DEFAULT_BITS  # noqa: PLC0415 - numpy, lazily

    kinds = _kinds(tally)
    safest = tally.safest_bits()
    return {
        "bits": DEFAULT_BITS,
        "known": [entry.id for _, entry in cast.known],
        "innocent": len(cast.innocent),
        "flat": [left.name for left in cast.flat],
        "few_places": [
            source.name for source, entry in cast.known if has_few_places(entry.appearance)
        ],
        "left_out": [{"name": left.name, "why": left.why} for left in cast.left_out],
        "transforms": list(_transform_rows(tally, kinds)),
        "groups": list(_group_rows(tally, kinds)),
        "false_by_kind": list(_kind_rows(tally)),
        "limits": list(_limit_rows(tally, asked)),
        "largest_limit_without_false_match": safest if safest >= 0 else None,
        "false_matches": list(_mistaken_rows(tally)),
        "smaller_limits": list(_smaller_rows(tally)),
    }


def write_plot(path: Path, tally: Tally) -> None:
    """Write recall against false matches of every group, as the file's name says."""
    from filter.pictures.evaluation.counting import limits_to_try  # noqa: PLC0415 - numpy, lazily
    from filter.pictures.evaluation.matching import DEFAULT_BITS  # noqa: PLC0415
    from filter.pictures.evaluation.plot import Curve, to_png, to_svg  # noqa: PLC0415

    limits = limits_to_try([DEFAULT_BITS], step=2, least=0)
    curves = [
        Curve(
            group.value,
            tuple(
                (
                    bits,
                    tally.mistaken(bits).value or 0.0,
                    tally.group_recall(bits, group).value or 0.0,
                )
                for bits in limits
            ),
        )
        for group in _groups(tally)
    ]
    title = "Known pictures: recall against false matches"
    try:
        if path.suffix.lower() == ".svg":
            path.write_text(to_svg(curves, title, DEFAULT_BITS), "utf-8")
        else:
            path.write_bytes(to_png(curves, title, DEFAULT_BITS))
    except OSError as exc:
        raise click.UsageError(f"{path} cannot be written: {exc.strerror}") from exc


def _title(text: str) -> None:
    click.echo(f"\n{text}")


def _kinds(tally: Tally) -> list[str]:
    """Return the folders whose pictures are counted apart; none when there is only one."""
    kinds = sorted({look.kind for look in tally.looks if look.dress})
    return kinds if len(kinds) > 1 else []


def _groups(tally: Tally) -> list[Group]:
    from filter.pictures.evaluation.dress import Group  # noqa: PLC0415 - numpy, lazily

    return [group for group in Group if tally.group(group)]


def _shown(share: Share) -> str | None:
    return None if share.value is None else f"{share.value:.3f}"


def _transform_rows(tally: Tally, kinds: list[str]) -> Iterator[Mapping[str, object]]:
    from filter.pictures.evaluation.matching import DEFAULT_BITS  # noqa: PLC0415 - numpy, lazily

    for name, dress in tally.dresses.items():
        every = tally.recall(DEFAULT_BITS, {name})
        yield {
            "group": dress.group.value,
            "kind": dress.kind,
            "transform": name,
            "recall": _shown(every),
            **{kind: _shown(tally.recall(DEFAULT_BITS, {name}, kind)) for kind in kinds},
            "pictures": every.whole,
        }


def _group_rows(tally: Tally, kinds: list[str]) -> Iterator[Mapping[str, object]]:
    from filter.pictures.evaluation.counting import GOALS  # noqa: PLC0415 - numpy, lazily
    from filter.pictures.evaluation.matching import DEFAULT_BITS  # noqa: PLC0415

    for group in _groups(tally):
        every, goal = tally.group_recall(DEFAULT_BITS, group), GOALS.get(group)
        yield {
            "group": group.value,
            "recall": _shown(every),
            **{kind: _shown(tally.group_recall(DEFAULT_BITS, group, kind)) for kind in kinds},
            "goal": None if goal is None else f"{goal:.2f}",
            "met": None if goal is None else ("yes" if (every.value or 0) >= goal else "no"),
        }


def _kind_rows(tally: Tally) -> Iterator[Mapping[str, object]]:
    from filter.pictures.evaluation.matching import DEFAULT_BITS  # noqa: PLC0415 - numpy, lazily

    for (kind, known, dressed), share in tally.mistaken_by_kind(DEFAULT_BITS).items():
        yield {
            "looked at": kind or "(all)",
            "as": "transformed" if dressed else "it is",
            "known": known or "(all)",
            "pairs": share.whole,
            "false": share.part,
            "rate": _rate(share),
            "at most": f"{_at_most(share):.1e}",
        }


def _rate(share: Share) -> str:
    return f"{share.value:.1e}" if share.value else "0"


def _at_most(share: Share) -> float:
    """Return what the true rate hardly exceeds (95 %): three of n when none was seen."""
    if not share.part:
        return 3 / share.whole
    return float(share.part + 1.92 + 1.96 * (share.part + 0.96) ** 0.5) / share.whole


def _limit_rows(tally: Tally, asked: tuple[int, ...]) -> Iterator[Mapping[str, object]]:
    from filter.pictures.evaluation.counting import limits_to_try  # noqa: PLC0415 - numpy, lazily
    from filter.pictures.evaluation.matching import DEFAULT_BITS  # noqa: PLC0415

    safest = tally.safest_bits()
    for bits in limits_to_try([DEFAULT_BITS, safest, *asked]):
        notes = [
            word
            for word, fits in (
                ("default", bits == DEFAULT_BITS),
                ("in the rules", bits in asked),
                ("largest without a false match", bits == safest),
            )
            if fits
        ]
        mistaken = tally.mistaken(bits)
        yield {
            "limit": bits,
            "false": mistaken.part,
            "rate": _rate(mistaken),
            **{g.value: _shown(tally.group_recall(bits, g)) for g in _groups(tally)},
            "note": ", ".join(notes) or None,
        }


def _mistaken_rows(tally: Tally) -> Iterator[Mapping[str, object]]:
    for mistake in tally.false_matches[:_SHOWN]:
        yield {
            "needs": mistake.pairing.bits,
            "picture": mistake.picture,
            "transform": mistake.dress or None,
            "taken for": mistake.pairing.known,
            "views": mistake.pairing.how,
        }


def _smaller_rows(tally: Tally) -> Iterator[Mapping[str, object]]:
    from filter.pictures.evaluation.matching import DEFAULT_BITS  # noqa: PLC0415 - numpy, lazily

    for known, bits in tally.smaller_limits(DEFAULT_BITS).items():
        yield {
            "known picture": known,
            "max_distance_bits": bits if bits >= 0 else None,
            "mistaken": sum(
                m.pairing.known == known and m.pairing.bits <= DEFAULT_BITS
                for m in tally.false_matches
            ),
        }


def _advice(tally: Tally) -> Iterator[str]:
    """Yield what to do about it."""
    from filter.pictures.evaluation.matching import DEFAULT_BITS, MOST_BITS  # noqa: PLC0415

    safest = tally.safest_bits()
    pairs = tally.mistaken(DEFAULT_BITS).whole
    if not pairs:
        yield "There is one picture only, so nothing could be mistaken: name others by --innocent."
        return
    if safest >= DEFAULT_BITS:
        upto = f"the largest limit tried, {MOST_BITS}" if safest == MOST_BITS else f"{safest}"
        yield f"The default, max_distance_bits: {DEFAULT_BITS}, mistakes no picture for another in"
        yield f"{count(pairs, 'pair')}; nor does any limit up to {upto}."
        return
    limits = tally.smaller_limits(DEFAULT_BITS)
    if safest < 0:
        names = ", ".join(known for known, bits in limits.items() if bits < 0)
        yield f"Mistaken at every limit, so better not kept as known pictures: {names}."
    else:
        yield f"max_distance_bits: {safest} for all mistakes no picture for another; recall then:"
        yield from _costs(tally, {}, safest)
    yield "The limits above for those known pictures only mistake none either; recall then:"
    yield from _costs(tally, limits, DEFAULT_BITS)


def _costs(tally: Tally, limits: Mapping[str, int], bits: int) -> Iterator[str]:
    from filter.pictures.evaluation.matching import DEFAULT_BITS  # noqa: PLC0415 - numpy, lazily

    for group in _groups(tally):
        before = tally.group_recall(DEFAULT_BITS, group).value
        after = tally.recall_at(limits, bits, group).value
        if before is not None and after is not None:
            yield f"  {group.value}: {after:.3f} instead of {before:.3f}"
