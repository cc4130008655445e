"""What an entry of ``approved_pictures:`` looks like on its own."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from filter.rulefiles.fields import Id, Rule, Whole, Word, YesNo, fits, listed, spelled
from filter.ruleset import ApprovedKind

_SIZE = r"[1-9][0-9]{0,4}x[1-9][0-9]{0,4}"
_DIGEST = r"[0-9a-f]{64}"

PixelSize = Annotated[
    str, AfterValidator(fits(_SIZE, "write width and height in pixels, as 280x72")), spelled(_SIZE)
]
Digest = Annotated[
    str,
    AfterValidator(fits(_DIGEST, "`sallyport images approve` writes these lines")),
    spelled(_DIGEST),
]
PixelSizes = Annotated[
    tuple[PixelSize, ...],
    BeforeValidator(listed, json_schema_input_type=PixelSize | list[PixelSize]),
]
Digests = Annotated[
    tuple[Digest, ...],
    BeforeValidator(listed, json_schema_input_type=Digest | list[Digest]),
]


class ApprovedPictureRule(Rule):
    """A picture that templates may show; `sallyport images approve` writes these entries."""

    id: Id = Field(
        description="Name in findings and in `approved:` of a template.", examples=["logo"]
    )
    label: str = Field("", description="What it shows.", examples=["MyHealth logo"])
    added_by: str = Field("", description="Who approved it.", examples=["aminah"])
    added: str = Field("", description="When.", examples=["2026-11-28"])
    reason: str = Field("", description="Why, or what for.", examples=["the letterhead since 2024"])
    kind: ApprovedKind = Field(
        ApprovedKind.FILE,
        description="file: the bytes of `sha256`; code: a picture that is a QR code and nothing"
        " else, whose content is judged as ever; spacer: too small to show anything, at most 2 by"
        " 32 pixels; generated: any picture of exactly this `size`.",
    )
    sha256: Digests = Field(
        (),
        description="`file`: digests of the exact bytes.",
        examples=["8d4a7f0e6c1b2a3948576655443322110ffeeddccbbaa9988776655443322110"],
    )
    size: PixelSizes = Field(
        (),
        description="Width and height in pixels. `generated`: one of them is required.",
        examples=["280x72", ["600x300", "300x150"]],
    )
    also_similar: YesNo = Field(
        False,
        description="`file`: also a still picture that looks alike, as after encoding it again. A"
        " small change, of a word for example, is not seen then.",
    )
    max_distance_bits: Whole = Field(
        8, ge=0, le=16, description="`also_similar`: most bits of 256 in which it may differ."
    )
    views: tuple[Word, ...] = Field(
        (),
        description="Hashes: `name:hash:quality`.",
        examples=[["whole:92d4cc875b31337169bbc32cc8389249669aaecc4decca497cb336936736ce38:96"]],
    )
