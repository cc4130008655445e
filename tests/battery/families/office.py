# ruff: noqa: E501 - a table of samples, one a line
"""Office files: what they say, hide, change, fetch and carry, and what real programs write."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Iterator

import docx
import openpyxl  # type: ignore[import-untyped]  # has no stubs
import pptx
from docx.shared import Inches
from openpyxl.drawing.image import Image as SheetPicture  # type: ignore[import-untyped]  # has no stubs
from openpyxl.worksheet.datavalidation import DataValidation  # type: ignore[import-untyped]  # has no stubs
from PIL import Image

from tests.battery import attaching
from tests.battery.attaching import with_file
from tests.battery.officefiles import MAIN, before, changed, instead, plain, related, saved
from tests.battery.packing import OFFICE, TYPES, WORDS, letter, papers
from tests.battery.sample import Sample
from tests.pictures.codes import draw_code

FAMILY = "office"
_W_RELS = "word/_rels/document.xml.rels"
_X_RELS = "xl/worksheets/_rels/sheet1.xml.rels"
_P_RELS = "ppt/slides/_rels/slide1.xml.rels"
_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
EVIL = "https://evil.example/"
Change = Callable[[bytes], bytes]


def _body(xml: str) -> Change:
    return before("<w:sectPr", xml)


def _run(text: str, properties: str = "") -> str:
    return f"<w:p><w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


def _field(code: str, result: str = "1") -> str:
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'
    return (
        f"<w:p>{mark.format('begin')}<w:r><w:instrText>{code}</w:instrText></w:r>"
        f"{mark.format('separate')}<w:r><w:t>{result}</w:t></w:r>{mark.format('end')}</w:p>"
    )


def _either(first: str, second: str) -> str:
    return (
        f'<mc:AlternateContent xmlns:mc="{_MC}"><mc:Choice Requires="wps">{first}</mc:Choice>'
        f"<mc:Fallback>{second}</mc:Fallback></mc:AlternateContent>"
    )


def _cell(xml: str) -> Change:
    return before("</sheetData>", f'<row r="9">{xml}</row>')


def _formula(text: str) -> Change:
    return _cell(f'<c r="A9"><f>{text}</f><v>1</v></c>')


def _shape(xml: str) -> Change:
    return before("</p:spTree>", xml)


# Word: changes of the document itself, by the code that they are held for.
WORD: dict[str, dict[str, Change]] = {
    "document.changes": {
        "words put in": _body('<w:p><w:ins w:id="1" w:author="a"><w:r><w:t>evil</w:t></w:r></w:ins></w:p>'),
        "words taken out": _body('<w:p><w:del w:id="1" w:author="a"><w:r><w:delText>evil</w:delText></w:r></w:del></w:p>'),
        "words moved": _body('<w:p><w:moveTo w:id="1" w:author="a"><w:r><w:t>evil</w:t></w:r></w:moveTo></w:p>'),
        "a changed look": _body(_run("a", '<w:rPrChange w:id="1" w:author="a"><w:rPr/></w:rPrChange>')),
        "a remark": _body('<w:p><w:commentRangeStart w:id="1"/></w:p>'),
    },
    "document.hidden": {
        "hidden words": _body(_run("evil", "<w:vanish/>")),
        "hidden words that say so": _body(_run("evil", '<w:vanish w:val="true"/>')),
        "words for one program": _body(_either(_run("evil"), _run("good"))),
        "words for new programs": _body(_either(_run("evil"), "")),
        "words that some programs skip": _body(f'<x:x xmlns:x="urn:evil">{_run("evil")}</x:x>'),
        "words from another part": _body('<w:sdt><w:sdtPr><w:dataBinding w:xpath="/a" w:storeItemID="{1}"/></w:sdtPr><w:sdtContent><w:p/></w:sdtContent></w:sdt>'),
        "a character that nobody sees": _body(_run("ev\u200bil")),
        "words that run backwards": _body(_run("a\u202eb")),
    },
    "document.field": {
        "a field that starts a program": _body(_field('DDEAUTO c:\\\\windows\\\\cmd.exe "/k calc"')),
        "a field that asks a program": _body(_field("DDE excel a b")),
        "a field in pieces": _body(_field("DDE</w:instrText></w:r><w:r><w:instrText>AUTO cmd x")),
        "a field of one element": _body('<w:p><w:fldSimple w:instr="DDEAUTO cmd x"/></w:p>'),
        "a field in a field": _body('<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>QUOTE </w:instrText></w:r>' + _field("QUOTE 68 68")[5:]),
        "words by their numbers": _body(_field("QUOTE 68 68 69")),
        "a picture from elsewhere": _body(_field(f'INCLUDEPICTURE "{EVIL}a.png" \\d')),
        "a text from elsewhere": _body(_field(f'INCLUDETEXT "{EVIL}a.docx"')),
        "a link to a file": _body(_field('LINK Excel.Sheet.8 "c:\\\\a.xls"')),
        "a condition": _body(_field('IF 1 = 1 "evil" "good"')),
        "an import": _body(_field(f'IMPORT "{EVIL}a.png"')),
        "a date that writes words": _body(_field("DATE \\@ \"'You are infected'\"")),
        "a number that writes words": _body(_field('PAGE \\# "evil"')),
        "a macro": _body(_field("MACROBUTTON Evil Click")),
        "a form": _body(_field("FORMTEXT")),
        "a field that does not end": _body('<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r></w:p>'),
        "a code outside of a field": _body("<w:p><w:r><w:instrText>PAGE</w:instrText></w:r></w:p>"),
    },
    "document.embedded": {
        "another document": _body(f'<w:altChunk xmlns:r="{_R}" r:id="rId1"/>'),
        "an object": _body("<w:p><w:r><w:object/></w:r></w:p>"),
    },
    "document.active": {"a control": _body(f'<w:p><w:r><w:control xmlns:r="{_R}" r:id="rId1"/></w:r></w:p>')},
    "document.external": {
        "an old picture from elsewhere": _body(f'<w:p><w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:imagedata src="{EVIL}a.png"/></v:shape></w:pict></w:r></w:p>'),
    },
    "document.unreadable": {
        "a document type": instead("<w:document", '<!DOCTYPE a [<!ENTITY b "evil">]><w:document'),
        "entities from elsewhere": instead("<w:document", f'<!DOCTYPE a SYSTEM "{EVIL}"><w:document'),
        "an instruction": instead("<w:body>", '<w:body><?evil a="b"?>'),
        "another charset": lambda content: content.decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        "a wrong charset": instead("UTF-8", "iso-8859-1"),
        "half of it": lambda content: content[:400],
        "something after its end": lambda content: content + b"<evil/>",
    },
    "link": {
        "a link in the text": _body(_run(EVIL)),
        "a bare link in the text": _body(_run("evil.example")),
        "a link in two runs": _body("<w:p><w:r><w:t>https://ev</w:t></w:r><w:r><w:t>il.example/</w:t></w:r></w:p>"),
        "a link of a field": _body(_field(f'HYPERLINK "{EVIL}"')),
        "a link of a simple field": _body(f"<w:p><w:fldSimple w:instr='HYPERLINK \"{EVIL}\"'/></w:p>"),
        "a link of an old shape": _body(f'<w:p><w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml" href="{EVIL}"/></w:pict></w:r></w:p>'),
        "a link in a text box": _body(_either(_run(EVIL), _run(EVIL))),
    },
}  # fmt: skip
SHEETS: dict[str, dict[str, Change]] = {
    "document.field": {
        "a formula that fetches": _formula(f'WEBSERVICE("{EVIL}")'),
        "a formula that fetches, by its new name": _formula(f'_xlfn.WEBSERVICE("{EVIL}")'),
        "a formula that links": _formula(f'HYPERLINK("{EVIL}","Open")'),
        "a formula that shows a picture": _formula(f'_xlfn.IMAGE("{EVIL}")'),
        "a formula that writes": _formula('"You are"'),
        "a formula that joins": _formula("A1&amp;A2"),
        "a formula of characters": _formula("CHAR(69)"),
        "a formula that calls": _formula('CALL("a","b")'),
        "a condition that writes": _formula('IF(1=1,"evil","good")'),
    },
    "document.external": {
        "a formula that starts a program": _formula("cmd|' /C calc'!A0"),
        "a formula from another file": _formula("[1]Sheet1!A1"),
        "a formula from a file in a folder": _formula("'c:\\[a.xlsx]Sheet1'!A1"),
    },
    "document.hidden": {
        "a hidden row": before("</sheetData>", '<row r="9" hidden="1"><c r="A9"><v>1</v></c></row>'),
        "a row without a height": before("</sheetData>", '<row r="9" ht="0" customHeight="1"/>'),
        "a hidden column": before("<sheetData", '<cols><col min="1" max="1" width="9" hidden="1"/></cols>'),
        "a column without a width": before("<sheetData", '<cols><col min="1" max="1" width="0" customWidth="1"/></cols>'),
    },
    "document.unreadable": {"a text that is not there": _cell('<c r="A9" t="s"><v>99</v></c>')},
    "link": {
        "a link in a cell": _cell(f'<c r="A9" t="inlineStr"><is><t>{EVIL}</t></is></c>'),
        "a link in pieces": _cell('<c r="A9" t="inlineStr"><is><r><t>https://ev</t></r><r><t>il.example</t></r></is></c>'),
        "a link in the result of a formula": _cell('<c r="A9" t="str"><f>A1</f><v>evil.example</v></c>'),
        "a link in a header": before("</worksheet>", f"<headerFooter><oddHeader>&amp;C{EVIL}</oddHeader></headerFooter>"),
        "a link in a hint": before("</worksheet>", f'<dataValidations><dataValidation sqref="A1" prompt="{EVIL}"/></dataValidations>'),
    },
}  # fmt: skip
_BOX = '<p:sp><p:nvSpPr><p:cNvPr id="9" name="a"{}/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/><p:txBody><a:bodyPr/><a:p><a:r><a:rPr>{}</a:rPr><a:t>{}</a:t></a:r></a:p></p:txBody></p:sp>'
SLIDES: dict[str, dict[str, Change]] = {
    "document.hidden": {
        "a hidden slide": instead("<p:sld ", '<p:sld show="0" '),
        "a hidden shape": _shape(_BOX.format(' hidden="1"', "", "evil")),
    },
    "document.active": {
        "words that move": before("</p:sld>", "<p:timing><p:tnLst/></p:timing>"),
        "a click that starts a program": _shape(_BOX.format("", f'<a:hlinkClick xmlns:r="{_R}" r:id="" action="ppaction://program"/>', "a")),
        "a click that starts a macro": _shape(_BOX.format("", f'<a:hlinkClick xmlns:r="{_R}" r:id="" action="ppaction://macro?name=a"/>', "a")),
        "a click that opens a file": _shape(_BOX.format("", f'<a:hlinkClick xmlns:r="{_R}" r:id="" action="ppaction://hlinkfile"/>', "a")),
    },
    "document.field": {"a field that is not known": _shape('<p:sp><p:txBody><a:bodyPr/><a:p><a:fld id="{1}" type="evil"><a:t>a</a:t></a:fld></a:p></p:txBody></p:sp>')},
    "link": {
        "a link in the text": _shape(_BOX.format("", "", EVIL)),
        "a link in a description": _shape(_BOX.format(f' descr="{EVIL}"', "", "a")),
    },
}  # fmt: skip
# Relationships: the part that has them, the kind, whether it leads out, the code.
RELATIONS = {
    "a template from elsewhere": ("docx", "word/_rels/settings.xml.rels", "attachedTemplate", True, "document.external"),
    "a picture from elsewhere": ("docx", _W_RELS, "image", True, "document.external"),
    "a frame from elsewhere": ("docx", _W_RELS, "frame", True, "document.external"),
    "an object from elsewhere": ("docx", _W_RELS, "oleObject", True, "document.embedded"),
    "a document from elsewhere": ("docx", _W_RELS, "aFChunk", True, "document.embedded"),
    "a part of a document from elsewhere": ("docx", _W_RELS, "subDocument", True, "document.embedded"),
    "a link out of a document": ("docx", _W_RELS, "hyperlink", True, "link"),
    "a link out of the settings": ("docx", "word/_rels/settings.xml.rels", "hyperlink", True, "link"),
    "a font inside": ("docx", "word/_rels/fontTable.xml.rels", "font", False, "document.embedded"),
    "a kind that nobody knows": ("docx", _W_RELS, "evil", False, "document.part"),
    "a kind of another house": ("docx", _W_RELS, "http://evil.example/relationships/image", False, "document.part"),
    "a link out of a sheet": ("xlsx", _X_RELS, "hyperlink", True, "link"),
    "another workbook": ("xlsx", "xl/_rels/workbook.xml.rels", "externalLink", True, "document.external"),
    "a query": ("xlsx", "xl/_rels/workbook.xml.rels", "connections", False, "document.external"),
    "a background from elsewhere": ("xlsx", _X_RELS, "image", True, "document.external"),
    "a link out of a slide": ("pptx", _P_RELS, "hyperlink", True, "link"),
    "a film": ("pptx", _P_RELS, "video", True, "document.active"),
    "a sound": ("pptx", _P_RELS, "audio", True, "document.active"),
    "a layout from elsewhere": ("pptx", "ppt/_rels/presentation.xml.rels", "slideMaster", True, "document.external"),
}  # fmt: skip
# Parts: where, of what type, the code.
PARTS = {
    "a macro": ("docx", "word/vbaProject.bin", "application/vnd.ms-office.vbaProject", "document.active"),
    "a macro of sheets": ("xlsx", "xl/vbaProject.bin", "application/vnd.ms-office.vbaProject", "document.active"),
    "a sheet of macros": ("xlsx", "xl/macrosheets/sheet1.xml", "application/vnd.ms-excel.macrosheet+xml", "document.active"),
    "a control": ("docx", "word/activeX/activeX1.bin", "application/vnd.ms-office.activeX", "document.active"),
    "buttons of its own": ("docx", "customUI/customUI.xml", "application/vnd.ms-office.ribbon+xml", "document.active"),
    "an object": ("docx", "word/embeddings/a.bin", f"{OFFICE}oleObject", "document.embedded"),
    "a workbook inside": ("docx", "word/embeddings/a.xlsx", f"{OFFICE}package", "document.embedded"),
    "remarks": ("docx", "word/comments.xml", f"{OFFICE}wordprocessingml.comments+xml", "document.changes"),
    "remarks of sheets": ("xlsx", "xl/comments1.xml", f"{OFFICE}spreadsheetml.comments+xml", "document.changes"),
    "blocks": ("docx", "word/glossary/document.xml", f"{OFFICE}wordprocessingml.document.glossary+xml", "document.part"),
    "a page": ("docx", "word/a.html", "text/html", "document.part"),
    "a chart": ("xlsx", "xl/charts/chart1.xml", f"{OFFICE}drawingml.chart+xml", "document.part"),
    "connections": ("xlsx", "xl/connections.xml", f"{OFFICE}spreadsheetml.connections+xml", "document.external"),
    "another workbook": ("xlsx", "xl/externalLinks/a.xml", f"{OFFICE}spreadsheetml.externalLink+xml", "document.external"),
    "a model of data": ("xlsx", "xl/model/item.data", "application/vnd.openxmlformats-officedocument.model+data", "document.external"),
    "a sheet without a tab": ("xlsx", "xl/worksheets/sheet9.xml", f"{OFFICE}spreadsheetml.worksheet+xml", "document.hidden"),
    "a vector drawing": ("docx", "word/media/a.emf", "image/x-emf", "picture"),
}  # fmt: skip
_SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData/></worksheet>'
_MACROS = (
    f"{OFFICE}wordprocessingml.document.main+xml",
    "application/vnd.ms-word.document.macroEnabled.main+xml",
)


def _others() -> Iterator[tuple[str, str, bytes, str]]:
    """Yield name, ending, file and code of what concerns the file as a whole."""
    word, sheet, slides = plain("docx"), plain("xlsx"), plain("pptx")
    types = "[Content_Types].xml"
    yield "a main part with macros", "docx", changed(word, {types: instead(*_MACROS)}), "document"
    yield "a sheet as a letter", "docx", sheet, "document.format"
    yield "a letter as a sheet", "xlsx", word, "document.format"
    yield "a letter as slides", "pptx", word, "document.format"
    yield (
        "two types of one ending",
        "docx",
        changed(
            word,
            {
                types: instead(
                    "<Default", '<Default Extension="XML" ContentType="text/html"/><Default'
                )
            },
        ),
        "document.unreadable",
    )
    yield (
        "two types of one part",
        "docx",
        changed(word, types={"word/document.xml": "text/html"}),
        "document.unreadable",
    )
    yield "a part without a type", "docx", changed(word, more={"word/evil": b"x"}), "document.part"
    yield (
        "two relationships of one id",
        "docx",
        changed(word, {_W_RELS: instead('Id="rId2"', 'Id="rId1"')}),
        "document.unreadable",
    )
    yield (
        "a relationship to nothing",
        "docx",
        changed(word, {_W_RELS: related("image", "evil.png")}),
        "document.unreadable",
    )
    yield "no list of types", "docx", _zipped("word/document.xml"), "document.format"
    yield (
        "hidden words in a style",
        "docx",
        changed(word, {"word/styles.xml": instead("<w:rPr>", "<w:rPr><w:vanish/>")}),
        "document.hidden",
    )
    yield (
        "a list that says words",
        "docx",
        changed(
            word,
            {"word/numbering.xml": instead('<w:lvlText w:val="', f'<w:lvlText w:val="{EVIL} ')},
        ),
        "link",
    )
    yield (
        "a template of settings",
        "docx",
        changed(word, {"word/settings.xml": before("</w:settings>", "<w:attachedTemplate/>")}),
        "document.external",
    )
    yield (
        "a hidden sheet",
        "xlsx",
        changed(sheet, {"xl/workbook.xml": instead('state="visible"', 'state="hidden"')}),
        "document.hidden",
    )
    yield (
        "a very hidden sheet",
        "xlsx",
        changed(sheet, {"xl/workbook.xml": instead('state="visible"', 'state="veryHidden"')}),
        "document.hidden",
    )
    yield (
        "a sheet with a link as its name",
        "xlsx",
        changed(sheet, {"xl/workbook.xml": instead('name="Sheet"', 'name="evil.example"')}),
        "link",
    )
    yield (
        "a name that runs",
        "xlsx",
        changed(
            sheet,
            {
                "xl/workbook.xml": instead(
                    "<definedNames",
                    "<definedNames><definedName name='_xlnm.Auto_Open'>Sheet!A1</definedName></definedNames><definedNames",
                )
            },
        ),
        "document.active",
    )
    yield (
        "numbers that write words",
        "xlsx",
        changed(
            sheet,
            {
                "xl/styles.xml": instead(
                    "<numFmts",
                    '<numFmts count="1"><numFmt numFmtId="170" formatCode="&quot;You are infected&quot;"/></numFmts><numFmts',
                )
            },
        ),
        "document.hidden",
    )
    yield "a link in the notes", "pptx", changed(_with_notes(EVIL)), "link"
    yield (
        "a link in the master",
        "pptx",
        changed(slides, {"ppt/slideMasters/slideMaster1.xml": _shape(_BOX.format("", "", EVIL))}),
        "link",
    )
    yield "something before it", "docx", b"PK\3\4" + word, "archive.structure"
    yield "something after it", "docx", word + b"evil", "archive.structure"
    picture = docx.Document()
    picture.add_picture(io.BytesIO(attaching.saved(draw_code(EVIL))))
    yield "a code in a picture", "docx", saved(picture), "link"


def _zipped(name: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(name, b"<a/>")
    return target.getvalue()


def _with_notes(words: str) -> bytes:
    slides = pptx.Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[1])
    slide.shapes.title.text = "Your visit"
    slide.placeholders[1].text = "Bring your card."
    slide.notes_slide.notes_text_frame.text = words
    return saved(slides)


def _legitimate() -> Iterator[tuple[str, str, bytes]]:
    logo = attaching.saved(Image.linear_gradient("L"))
    for ending in MAIN:
        yield f"one line of {ending}", ending, plain(ending)
    document = docx.Document()
    document.add_heading("Your visit", 0)
    document.add_paragraph("Bring your card.", style="List Bullet")
    document.add_paragraph("First", style="List Number")
    document.add_table(2, 2).cell(0, 0).text = "Date"
    document.add_picture(io.BytesIO(logo), width=Inches(1))
    document.sections[0].header.paragraphs[0].text = "MyHealth"
    document.sections[0].footer.paragraphs[0].text = "health.example"
    document.add_page_break()  # type: ignore[no-untyped-call]
    yield "a letter with everything", "docx", saved(document)
    word = plain("docx")
    for name, xml in {
        "page numbers": _field("PAGE \\* MERGEFORMAT") + _field("NUMPAGES"),
        "a date": _field('DATE \\@ "d MMMM yyyy"', "14 June 2021"),
        "contents": _field('TOC \\o "1-3" \\h \\z \\u') + _field("PAGEREF _Toc1 \\h"),
        "a link of ours": _field('HYPERLINK "https://health.example/"'),
        "a link within": _field('HYPERLINK \\l "_Toc1"'),
        "a text box in two ways": _either(_run("Bring it"), _run("Bring it")),
        "hidden words that are not": _run("Bring it", '<w:vanish w:val="0"/>'),
        "words for pages alone": _run("1", "<w:webHidden/>"),
        "an entry of contents that is bold": _run("Für 您", '<w:b/><w:color w:val="FFFFFF"/>'),
    }.items():
        yield f"a letter with {name}", "docx", changed(word, {MAIN["docx"]: _body(xml)})
    yield (
        "a letter with our link",
        "docx",
        changed(word, {_W_RELS: related("hyperlink", "https://health.example/", is_external=True)}),
    )
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Date", "Amount"])
    sheet.append([dt.date(2021, 6, 14), 4.5])
    sheet["B3"] = "=ROUND(SUM(B2:B2)*1.06,2)"
    sheet["B2"].number_format = '"RM" #,##0.00'
    sheet["A4"].hyperlink = "https://health.example/"
    sheet.add_image(SheetPicture(io.BytesIO(logo)), "D4")
    sheet.auto_filter.ref = "A1:B3"
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.oddHeader.center.text = "MyHealth"
    choice = DataValidation(type="list", formula1='"Yes,No"')
    sheet.add_data_validation(choice)
    choice.add("C2")
    book.create_sheet("Second")
    yield "a list with everything", "xlsx", saved(book)
    yield "slides with notes", "pptx", _with_notes("Say hello.")
    slides = pptx.Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[6])
    slide.shapes.add_picture(io.BytesIO(logo), 0, 0)
    slide.shapes.add_textbox(0, 0, 999999, 99999).text_frame.text = "Bring your card."
    slide.shapes.add_table(2, 2, 0, 0, 999999, 99999).table.cell(0, 0).text = "Date"
    yield "slides with everything", "pptx", saved(slides)


def samples() -> Iterator[Sample]:
    """Yield Office files with one thing too much, or another text than the rule has."""
    for ending, table in (("docx", WORD), ("xlsx", SHEETS), ("pptx", SLIDES)):
        for because, changes in table.items():
            for name, change in changes.items():
                yield _held(name, ending, changed(plain(ending), {MAIN[ending]: change}), because)
    for name, (ending, part, kind, is_external, because) in RELATIONS.items():
        target = EVIL if is_external else "evil.bin"
        content = changed(plain(ending), {part: related(kind, target, is_external=is_external)})
        yield _held(f"{name}, by a relationship", ending, content, because)
    for name, (ending, part, kind, because) in PARTS.items():
        content = changed(plain(ending), more={part: _SHEET}, types={part: kind})
        yield _held(f"{name}, as a part", ending, content, because)
    for name, ending, content, because in _others():
        yield _held(name, ending, content, because)
    for ending in MAIN:
        yield Sample(FAMILY, f"the text of the rule in {ending}", letter(plain(ending), ending))
        other = changed(plain(ending), {MAIN[ending]: instead(WORDS, "You are infected")})
        yield Sample(
            f"{FAMILY}/text", f"another text in {ending}", letter(other, ending), "attachment.text"
        )
        unlisted = with_file(plain(ending), TYPES[ending], f"list.{ending}")
        yield Sample(
            f"{FAMILY}/unlisted", f"{ending} where no rule allows it", unlisted, "document.unread"
        )
    notes = changed(plain("docx"), {MAIN["docx"]: _body(_run("P.S. You are infected"))})
    yield Sample(f"{FAMILY}/text", "a line more", letter(notes, "docx"), "attachment.text")
    for name, ending, content in _legitimate():
        yield Sample(FAMILY, name, papers(content, ending))


def _held(name: str, ending: str, content: bytes, because: str) -> Sample:
    return Sample(f"{FAMILY}/{because}", f"{name} ({ending})", papers(content, ending), because)
