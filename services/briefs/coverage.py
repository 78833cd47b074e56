"""How much was told, and who fell silent: fewer reports may mean fewer reporters."""

from services.briefs.answers import Link, Section, Sentence
from services.briefs.draft import Draft
from services.briefs.period import Period


def coverage(draft: Draft) -> Section:
    """Write the section."""
    tongue, found = draft.tongue, draft.found
    now, before = found.coverage, found.coverage_before
    text = tongue.say(
        "Reports published in the period: {number}; in the period of the same length before: {earlier}.",
        number=tongue.number(sum(now.values())),
        earlier=tongue.number(sum(before.values())),
    )
    sentences = [Sentence(text=text, links=(_link(draft, found.period), _link(draft, found.period.before)))]
    if now:
        ordered = sorted(now.items(), key=lambda one: (-one[1], one[0]))
        heard = tongue.row([_told(draft, source, reports) for source, reports in ordered])
        sentences.append(draft.sentence([tongue.say("By source: {sources}.", sources=heard)]))
    silent = sorted(before.keys() - now.keys())
    if silent:
        names = tongue.listed([tongue.source(source) for source in silent])
        sentences.append(
            draft.sentence([tongue.say("Heard of before and silent in this period: {sources}.", sources=names)])
        )
    note = tongue.say("A fall in any number above may come from a source that fell silent.")
    return Section(topic="coverage", title=tongue.say("Coverage"), note=note, sentences=tuple(sentences))


def _link(draft: Draft, period: Period) -> Link:
    title = draft.tongue.say(
        "{first} to {last}", first=draft.tongue.day(period.first), last=draft.tongue.day(period.last)
    )
    return draft.more("/v1/coverage", title, period)


def _told(draft: Draft, source: str, reports: int) -> str:
    name = draft.tongue.source(source)
    return draft.tongue.say("{source} ({number})", source=name, number=draft.tongue.number(reports))
