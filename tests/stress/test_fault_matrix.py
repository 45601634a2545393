"""The fault matrix: every call of every step, struck by every fault, ends in an order that is paid or in nothing.

A story is played once without faults, which says what calls there are. Then it is played again for each of its calls
and each fault that fits the call, and the judge looks at what became of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.proof import Guarantee, Proof, proves
from tests.stress.chaos import FOR_GOOD, Fault, Site, chaotic
from tests.stress.judge import Verdict
from tests.stress.stage import Stage
from till.domain.attempt import Goal

# How often a fault strikes: once, until a function's own tries or the workflow's are used up, and on and on.
STRIKES: dict[Fault, tuple[float, ...]] = {
    Fault.DIES_BEFORE: (1, 2, 3, FOR_GOOD),
    Fault.DIES_AFTER: (1, 2, 3, FOR_GOOD),
    Fault.ANSWER_LOST: (1, 3, FOR_GOOD),
    Fault.SENT_AGAIN: (1, 3),
    Fault.THROTTLED: (1, 4, 12),
    Fault.CONFLICT: (1, 3, 4, 12),
    Fault.DEAD: (FOR_GOOD,),
    Fault.REAPED: (1,),
    Fault.UNDONE: (1,),
}
WORKFLOW = frozenset({"pre_process", "check_inventory", "authorize", "process", "undo", "settle", "push"})


@dataclass(frozen=True)
class Story:
    """What is played, the token of its second card, and how it ends where nothing breaks."""

    play: Callable[[Stage], None]
    second_card: str
    ends: Verdict

    def __str__(self) -> str:
        return self.play.__name__


@dataclass(frozen=True)
class Case:
    """One fault at one call. Its shopper then tries so often again."""

    site: Site
    fault: Fault
    strikes: float
    retries: int

    def __str__(self) -> str:
        return f"{self.site}: {self.fault}, {self.strikes} times; then {self.retries} more tries"

    @property
    def is_mended(self) -> bool:
        """Do the workflow's own retries suffice?"""
        return self.strikes == 1 and self.site.step in WORKFLOW and self.fault is not Fault.UNDONE


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    with chaotic(monkeypatch) as chaos:
        yield Stage(chaos.till, chaos)


def approved(stage: Stage) -> None:
    stage.submit()
    stage.streams()
    stage.streams()


def declined(stage: Stage) -> None:
    stage.submit()
    stage.streams()


def confirmed_at_the_bank(stage: Stage) -> None:
    stage.submit()
    stage.submit()
    stage.streams()


def left_at_the_bank(stage: Stage) -> None:
    stage.submit()
    stage.till.clock.pass_(minutes=16)
    stage.reaper()
    stage.streams()


def pre_processed(stage: Stage) -> None:
    stage.submit(Goal.PRE_PROCESS)
    stage.submit()
    stage.streams()


def unanswered(stage: Stage) -> None:
    stage.submit()
    for minutes in (3, 15, 60):
        stage.till.clock.pass_(minutes=minutes)
        stage.voids()


STORIES = (
    Story(approved, "tok_approve", Verdict.PLACED),
    Story(declined, "tok_decline", Verdict.OPEN),
    Story(confirmed_at_the_bank, "tok_requires_action", Verdict.PLACED),
    Story(left_at_the_bank, "tok_requires_action", Verdict.OPEN),
    Story(pre_processed, "tok_approve", Verdict.PLACED),
    Story(unanswered, "tok_success_after_first_query", Verdict.OPEN),
)


def cases(sites: list[Site]) -> Iterator[Case]:
    for site in sites:
        for fault, times in STRIKES.items():
            for strikes in times if fault.fits(site.call) else ():
                if strikes is FOR_GOOD and site.step in ("settle", "push"):
                    continue  # that is tried for days and weeks
                yield Case(site, fault, strikes, retries=(site.number + len(fault)) % 3)


@proves(Guarantee.ALL_OR_NOTHING)
@proves(Guarantee.ENDS_BY_ITSELF)
@pytest.mark.parametrize("story", STORIES, ids=str)
def test_whatever_breaks_an_order_is_paid_or_nothing_of_it_is_left(stage: Stage, story: Story, proof: Proof) -> None:
    sites = calls_of(stage, story)
    matrix = list(cases(sites))
    tried = matrix[:: max(1, len(matrix) // proof.rounds(short=12, long=len(matrix)))]
    seen: Counter[Verdict] = Counter()
    violations = []
    for case in tried:
        try:
            seen[struck(stage, story, case)] += 1
        except AssertionError as violation:
            violations.append(f"{case}\n{violation}")
    ended = ", ".join(f"{count} {verdict}" for verdict, count in seen.items())
    proof.saw(
        f"{str(story).replace('_', ' ')}: {len(tried)} faults at {len(sites)} calls",
        f"{ended}, {len(violations)} otherwise",
    )
    assert not violations, "\n".join([f"{len(violations)} of {len(tried)}", *violations])


def calls_of(stage: Stage, story: Story) -> list[Site]:
    """Of warm functions, where nothing breaks."""
    for _ in range(2):
        stage.begin(story.second_card)
        stage.chaos.begin()
        story.play(stage)
        sites = stage.chaos.sites
        assert stage.ends() is story.ends
    return sites


def struck(stage: Stage, story: Story, case: Case) -> Verdict:
    """What became of the order. Raises `AssertionError` where that may not be."""
    stage.begin(story.second_card)
    stage.chaos.begin(case.fault, case.site, case.strikes)
    story.play(stage)
    assert stage.chaos.struck, "nothing struck"
    verdict = stage.ends(case.retries)
    if story.ends is Verdict.PLACED:
        assert verdict is Verdict.PLACED or not case.is_mended, "one fault was too much"
        if verdict is Verdict.OPEN:
            stage.is_placed_by_another_try()
    return verdict
