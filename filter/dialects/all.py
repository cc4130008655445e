"""Which dialects can be read, how is each known, and by what is it read?

The list of dialects is a list one can read: name, reader, file names, signs in the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from filter.dialects import readers
from filter.dialects.limits import MAX_CHARS
from filter.dialects.names import Names
from filter.dialects.nodes import DialectError, Loader, Node, Source


@dataclass(frozen=True, slots=True)
class Dialect:
    """One template language. ``reader`` imports its module only when it is asked for."""

    name: str
    title: str
    reader: Callable[[], readers.Reader]
    endings: tuple[str, ...] = ()  # of file names, that no other dialect has
    signs: tuple[str, ...] = ()  # patterns that speak for it, in a text of unknown dialect


_NAME = r"\$\{[A-Za-z_][\w.-]{0,60}\}"
_ONLY_NAMES = rf"\A(?:[^$]|\$(?!\{{))*{_NAME}(?:[^$<]|<(?![#/@%])|</(?![#@])|\$(?!\{{)|{_NAME})*\Z"

# Of two dialects with equally many signs the one that stands first is guessed. Signs are read by
# the standard library's engine on text of strangers: no nested repetition in them.
_LIST: tuple[Dialect, ...] = (
    Dialect(
        name="django",
        title="Django templates",
        reader=readers.django,
        endings=(".djhtml", ".djtxt", ".dtl"),
        signs=(
            r"\{%\s*(?:load|url|static|csrf_token|cycle|now|firstof|spaceless)\s",
            r"\{%\s*(?:trans|translate)\s+[\"']",
            r"\{%\s*(?:blocktrans|blocktranslate)\b",
            r"\{%\s*autoescape (?:on|off)\b",
            r"\{%\s*(?:empty|comment|endcomment|ifchanged|endwith)\s*%\}",
            r"\{%\s*if[^%]*%\}",
            r"\|\w+:(?:[\"'\w])",
            r"\bforloop\.(?:counter|counter0|parentloop|revcounter)\b",
            r"\{%\s*(?:extends|block|include)\s",
        ),
    ),
    Dialect(
        name="jinja",
        title="Jinja2",
        reader=readers.jinja,
        endings=(".j2", ".jinja", ".jinja2"),
        signs=(
            r"\{%[-+]?\s*(?:set|macro|call|import|from|do|pluralize|endtrans)\b",
            r"\{%[-+]?\s*set \w+ =",
            r"\{%-|-%\}|\{\{-|-\}\}",
            r"\bis (?:not )?(?:defined|none)\b",
            r"\{%[^%]*\w\(",
            r"\{[{%][^{}%]*\w\[",
            r"\{%-?\s*if[^%]*%\}",
            r"\bloop\.(?:index|index0|first|last|length)\b",
            r"\|\s*\w+\(",
            r"\{\{-?\s*[\w.]+\(",
            r"\s~\s",
            r"\{%[-+]?\s*(?:extends|block|include)\s",
        ),
    ),
    Dialect(
        name="jinja-trim",
        title="Jinja2 with trim_blocks and lstrip_blocks",
        reader=readers.trimmed_jinja,
    ),
    Dialect(
        name="liquid",
        title="Liquid",
        reader=readers.liquid,
        endings=(".liquid",),
        signs=(
            r"\{%-?\s*(?:assign|capture|unless|elsif|case|when|render|tablerow|increment|echo|liquid)\b",
            r"\{%-?\s*(?:comment|raw|endunless|endcase|endcapture)\s*-?%\}",
            r"\{%-?\s*if[^%]*%\}",
            r"\|\s*\w+:\s",
            r"\|\s*(?:money|money_with_currency|t|img_url|asset_url|strip_html|newline_to_br)\b",
            r"\bforloop\.(?:index|index0|rindex|length)\b",
        ),
    ),
    Dialect(
        name="go",
        title="Go text/template and html/template, with sprig",
        reader=readers.go,
        endings=(".gotmpl", ".tmpl", ".gohtml", ".gotext", ".gotxt"),
        signs=(
            r"\{\{-?\s*\.[A-Za-z]",
            r"\{\{-?\s*\$\w+ :?= ",
            r"\{\{-?\s*(?:range|with|if|else if)\s+[.$(]",
            r"\{\{-?\s*(?:define|template|block)\s+\"",
            r"\{\{-?\s*(?:end|else)\s*-?\}\}",
            r"\{\{-?\s*(?:printf|index|len)\s",
        ),
    ),
    Dialect(
        name="handlebars",
        title="Handlebars",
        reader=readers.handlebars,
        endings=(".hbs", ".handlebars"),
        signs=(
            r"\{\{~?#(?:if|unless|each|with)\s",
            r"\{\{~?(?:else\b|/(?:if|unless|each|with)~?\}\})",
            r"\{\{~?#?>\s*[\w@]",
            r"\{\{!--",
            r"\{\{~|~\}\}",
            r"\{\{\{?\s*(?:@\w|this\b|\.\./)",
        ),
    ),
    Dialect(
        name="mustache",
        title="Mustache, and Postmark's Mustachio",
        reader=readers.mustache,
        endings=(".mustache",),
        signs=(
            r"\{\{[#^/]\s*[\w.]+\s*\}\}",
            r"\{\{\{\s*[\w.]+\s*\}\}\}",
            r"\{\{\s*[A-Za-z_][\w.]*\s*\}\}",
            r"\{\{=\S+ \S+=\}\}",
        ),
    ),
    Dialect(
        name="dollar",
        title="${name}",
        reader=readers.dollar,
        # Only where nothing but names stands between the braces, and there is one.
        signs=(_ONLY_NAMES,),
    ),
    Dialect(
        name="freemarker",
        title="FreeMarker, with Keycloak's functions",
        reader=readers.freemarker,
        endings=(".ftl", ".ftlh", ".ftlx"),
        signs=(
            r"</?#(?:if|list|assign|macro|import|include|else|elseif|ftl)\b",
            r"</?@\w",
            r"<#--",
            r"\$\{\w[^{}]*\}",
            r"\$\{msg\(",
        ),
    ),
    Dialect(
        name="erb",
        title="ERB, as Ruby on Rails has it",
        reader=readers.erb,
        endings=(".erb", ".rhtml"),
        signs=(
            r"<%==?\s",
            r"<%-?\s*(?:end|else)\s*-?%>",
            r"<%-?\s*(?:if|unless|elsif|case)\s",
            r"\bdo \|",
            r"<%=\s*@\w",
        ),
    ),
    Dialect(
        name="ejs",
        title="EJS",
        reader=readers.ejs,
        endings=(".ejs",),
        signs=(
            r"<%[-=_]?\s",
            r"\{\s*[-_]?%>",
            r"<%[-_]?\s*\}",
            r"\.forEach\(",
            r"<%-\s*include\(",
        ),
    ),
    Dialect(
        name="blade",
        title="Blade, the templates of Laravel",
        reader=readers.blade,
        endings=(".blade.php",),
        signs=(
            r"\{\{\s*\$\w",
            r"\{!!",
            r"(?<!\w)@(?:if|foreach|forelse|isset|unless|include|extends|section|yield)\s?\(",
            r"(?<!\w)@(?:endif|endforeach|endforelse|endisset|endunless|endsection)\b",
            r"(?<!\w)@lang\(|\{\{\s*__\(",
        ),
    ),
    # Placeholders come last: what an engine says of a text counts for more.
    Dialect(
        name="dlt",
        title="India DLT: {#var#}, {#numeric#} …",
        reader=readers.dlt,
        signs=(
            r"(?i)\{#\s*(?:var|numeric|number|alphanumeric|url|urlott|cbn|email)\s*#\}",
            r"(?i)\{#\s*var\s*#\}",
        ),
    ),
    Dialect(
        name="twilio",
        title="Twilio Content and WhatsApp: {{1}}",
        reader=readers.twilio,
        signs=(r"\{\{\s*[0-9]{1,3}\s*\}\}",),
    ),
    Dialect(
        name="mailchimp",
        title="Mailchimp and Mandrill merge tags: *|FNAME|*",
        reader=readers.mailchimp,
        signs=(r"\*\|[A-Za-z][\w:. -]{0,60}\|\*", r"\*\|(?:IF|IFNOT|END):"),
    ),
    Dialect(
        name="brackets",
        title="[[name]]",
        reader=readers.brackets,
        signs=(r"\[\[\s*[A-Za-z_][\w.]{0,60}\s*\]\]",),
    ),
    Dialect(
        name="braces",
        title="{name}",
        reader=readers.braces,
        signs=(r"(?<![{$#\w])\{[A-Za-z_][\w.]{0,60}\}(?!\})",),
    ),
    Dialect(
        name="percent",
        title="%name% and %%name%%",
        reader=readers.percent,
        signs=(r"%[A-Za-z][A-Za-z_]{2,40}%",),
    ),
    # "-name-" is too common in prose to be guessed.
    Dialect(name="dashes", title="-name-", reader=readers.dashes),
)

DIALECTS: Mapping[str, Dialect] = {dialect.name: dialect for dialect in _LIST}


def read(
    dialect: str,
    source: Source,
    load: Loader,
    *,
    language: str = "",
    names: Names | None = None,
) -> tuple[Node, ...]:
    """Return what a template says, read as the named dialect.

    ``load`` finds what it includes. Give ``names`` when several templates make one message, so
    that an expression has the same name in each. Raises DialectError, and KeyError for a dialect
    that is not in DIALECTS.
    """
    reader = DIALECTS[dialect].reader()
    try:
        return reader(source, load, language=language, names=names)
    except RecursionError as exc:
        raise DialectError(
            source.name, 1, "the template is nested too deeply", "split it into smaller ones"
        ) from exc


def guess(source: Source) -> str | None:
    """Return the dialect of a template: by its file name, else by most signs; None without any."""
    name = source.name.lower()
    for dialect in _LIST:
        if dialect.endings and name.endswith(dialect.endings):
            return dialect.name
    text = source.text[:MAX_CHARS]
    found = [
        (sum(re.search(sign, text) is not None for sign in dialect.signs), dialect.name)
        for dialect in _LIST
    ]
    best, best_name = max(found, key=lambda pair: pair[0], default=(0, ""))
    return best_name if best else None
