"""A brief as Markdown (CommonMark)."""

import re
from collections.abc import Iterator

from services.briefs.answers import Brief, Link, Sentence

# Whatever could begin a construct, here or as a block; names and quotes come from anybody.
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&$])")
_BLOCK = re.compile(r"^(\d{1,9}(?=[.)])|(?=[-+=]))")
_LINE = re.compile(r"\s*[\r\n\u2028\u2029]+\s*")


def markdown(brief: Brief, base: str = "") -> str:
    """Lay out a brief; `base` is the address that links begin with."""
    return "\n".join(_lines(brief, base.rstrip("/"))) + "\n"


def _lines(brief: Brief, base: str) -> Iterator[str]:
    yield f"# {_plain(brief.title)}"
    yield ""
    yield _plain(brief.basis)
    for section in brief.sections:
        yield ""
        yield f"## {_plain(section.title)}"
        yield ""
        if section.note:
            yield f"*{_plain(section.note)}*"
            yield ""
        for sentence in section.sentences:
            yield _item(sentence, base)


def _item(sentence: Sentence, base: str) -> str:
    links = " · ".join(_link(link, base) for link in sentence.links)
    return f"- {_plain(sentence.text)}" + (f"  \n  {links}" if links else "")


def _link(link: Link, base: str) -> str:
    return f"[{_plain(link.title)}]({base}{link.href})"


def _plain(text: str) -> str:
    """Write text so that it stands for itself."""
    return _BLOCK.sub(r"\1\\", _SPECIAL.sub(r"\\\1", _LINE.sub(" ", text)))
