"""What may stand under ``source:`` of a template: the files that the application renders."""

from __future__ import annotations

from pydantic import Field

from filter.rulefiles.fields import Language, Rule, Word, Wording


class SourceRule(Rule):
    """The templates that the application renders, instead of wordings."""

    dialect: Word = Field(
        description="Language of the templates; the same names as for `sallyport templates"
        " import --dialect`.",
        examples=["jinja", "django", "go"],
    )
    subject: Wording | None = Field(
        None,
        description="The subject as the application has it, in the dialect.",
        examples=["Your code is {{ code }}"],
    )
    subject_file: Word | None = Field(
        None,
        description="Or the file that it stands in: a path that begins at the folder of this file.",
        examples=["mails/otp.subject.txt"],
    )
    text: Word | None = Field(
        None,
        description="File of the text: a path that begins at the folder of this file.",
        examples=["mails/otp.txt"],
    )
    html: Word | None = Field(
        None,
        description="File of the HTML part: a path that begins at the folder of this file.",
        examples=["mails/otp.html"],
    )
    includes: Word | None = Field(
        None,
        description="Folder of what the templates include, extend and translate with; paths in them"
        " begin there.",
        examples=["mails"],
    )
    language: Language | None = Field(
        None,
        description="Language of translations; default: that of the template or variant.",
        examples=["en"],
    )
