"""The same letter through WeasyPrint: run by `letters.py`, with the Python that has WeasyPrint.

    python benchmarks/weasy.py LETTERS.json [FONTS]

It shares what can be shared (font configuration, style sheet, compiled template), as WeasyPrint's
manual advises, and writes tagged PDF/UA-1; it cannot write PDF/A in the same file. With a folder
of fonts it has the letters' own typeface, Inter (OpenType/CFF); else a TrueType font of the
system, which is the quickest for it.
"""  # noqa: INP001

import hashlib
import json
import resource
import select
import sys
import time
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

STYLE = """
@page { size: A4; margin: 16mm 25mm 24mm 20mm;
  @bottom-left { content: string(foot); font: 7.5pt Liberation Sans, DejaVu Sans; color: #5a6572 }
  @bottom-right { content: "Side " counter(page) " af " counter(pages);
    font: 7.5pt Liberation Sans, DejaVu Sans } }
body { font: 10pt/1.45 Liberation Sans, DejaVu Sans; color: #1d2733 }
h1 { font-size: 16pt; color: #1f4a6e } h2 { font-size: 11pt; color: #1f4a6e }
.foot { string-set: foot content(); font-size: 0; height: 0 }
.head { font-size: 13pt; font-weight: bold; color: #1f4a6e; height: 30mm }
.window { height: 26mm; width: 85mm; float: left } .ask { float: right; width: 45mm }
h1 { clear: both }
table { width: 100%; border-collapse: collapse; font-size: 9pt }
th { text-align: left; color: #1f4a6e; border-bottom: 0.8pt solid #1f4a6e }
td { border-bottom: 0.5pt solid #c3ccd5; padding: 1.4mm 0 } .sum { text-align: right }
.pay { background: #eef3f7; border-left: 1.2mm solid #1f4a6e; padding: 3.6mm 5mm; margin: 5mm 0 }
.line { font-size: 12pt; font-weight: bold }
"""

LETTER = """<html lang="da"><head><title>{{ title }}</title></head><body>
<div class="foot">{{ foot }}</div><div class="head">{{ municipality }}</div>
<div class="window">{% for line in recipient %}{{ line }}<br>{% endfor %}</div>
<div class="ask">{% for label, said in reference %}{{ label }}<br><b>{{ said }}</b><br>
{% endfor %}</div>
{% for part in blocks %}
{% if part.kind == "heading" %}<h{{ part.level }}>{{ part.text }}</h{{ part.level }}>
{% elif part.kind == "paragraph" %}<p>{% for run in part.runs %}
{%- if run.bold %}<b>{{ run.text }}</b>{% else %}{{ run.text }}{% endif %}{% endfor %}</p>
{% elif part.kind == "table" %}<table><tr>{% for head in part.head %}<th>{{ head }}</th>
{% endfor %}</tr>{% for row in part.rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>
{% endfor %}</tr>{% endfor %}</table>
{% else %}<div class="pay"><b>{{ part.title }}</b><br>{% for label, said in part.pairs %}
{{ label }}: <b>{{ said }}</b><br>{% endfor %}<span class="line">{{ part.line }}</span></div>
{% endif %}{% endfor %}</body></html>"""


FACES = {"Regular": "", "Bold": "font-weight: bold;", "Italic": "font-style: italic;"}


def _style(folder: str) -> str:
    """Return the style sheet, with the letters' own typeface if its folder is given."""
    if not folder:
        return STYLE
    faces = [
        f"@font-face {{ font-family: Inter; {more} src: url(file://{folder}/Inter-{name}.otf) }}"
        for name, more in FACES.items()
    ]
    return "\n".join([*faces, STYLE.replace("Liberation Sans", "Inter")])


@cache
def _tools() -> tuple[Any, Any, Any]:
    fonts = FontConfiguration()
    style = CSS(string=_style(*sys.argv[2:3] or ("",)), font_config=fonts)
    made = Environment(autoescape=True, undefined=StrictUndefined).from_string(LETTER)
    return made, style, fonts


def make(letter: dict[str, Any]) -> str:
    """Print a letter; return a hash, so that it is not thrown away unseen."""
    template, style, fonts = _tools()
    page = HTML(string=template.render(letter))
    pdf = page.write_pdf(stylesheets=[style], font_config=fonts, pdf_variant="pdf/ua-1")
    return hashlib.sha256(pdf).hexdigest()


def main(path: str) -> None:
    """Print until standard input is closed; say how many, in how many seconds, in how many MB."""
    letters = json.loads(Path(path).read_text("utf-8"))
    make(letters[0])
    print("warm", flush=True)  # noqa: T201
    before, made = time.process_time(), 0
    while not select.select([sys.stdin], [], [], 0)[0]:
        make(letters[made % len(letters)])
        made += 1
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(made, time.process_time() - before, memory)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1])
