"""What the doctor makes of what it sees."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tests.builders import a_shop
from till.application.doctor import Alarm, Doctor, SecretAge, State, UnreadableError, seen
from till.domain.plugin import Receiver
from till.domain.shop import Gateway, Shop
from till.domain.webhook import Endpoint

NOW = 1_800_000_000
TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms"


@dataclass
class FakeAccount:
    """A healthy one, until it is said otherwise."""

    unreserved: int = 1000
    changed_at: int = NOW
    alarm_state: str = "OK"
    alarm_names: tuple[str, ...] = ("till-MoneyAlarm-1", "till-ChargeAlarm-2")
    told: tuple[int, int] = (1, 0)
    forbids: bool = False
    senders: tuple[str, ...] = ()

    def at_once(self) -> tuple[int, int]:
        return 1000, self.unreserved

    def requests(self) -> tuple[float, int]:
        if self.forbids:
            raise UnreadableError("AWS says AccessDeniedException")
        return 10_000.0, 5_000

    def secret(self, name: str) -> SecretAge:
        assert name == "t/jwt"
        return SecretAge(self.changed_at, has_previous=True)

    def sends_as(self, sender: str) -> bool:
        return sender in self.senders

    def alarms(self) -> list[Alarm]:
        return [Alarm(name, self.alarm_state, (TOPIC,)) for name in self.alarm_names]

    def listeners(self, topic: str) -> tuple[int, int]:
        assert topic == TOPIC
        return self.told


def told(
    account: FakeAccount,
    stage: str = "prod",
    shop: Shop | None = None,
    wrong: str = "",
    endpoints: tuple[Endpoint, ...] = (),
) -> dict[str, State]:
    """What is not well."""
    card = Gateway("cards", "stripe", "Cards", is_test=False)
    shop = shop or replace(a_shop(), gateways=(card,))
    doctor = Doctor(account, lambda *_: wrong, lambda _: wrong, stage, {"jwt": "t/jwt"}, ["https://a.example.com"], NOW)
    services = [("tax provider", Receiver("t", "https://t.example.com", 1))]
    checks = [seen(one) for one in doctor.looks(shop, services, endpoints)]
    assert all(check.message for check in checks)
    return {check.check: check.state for check in checks if check.state is not State.OK}


def test_a_stack_in_production_with_everything_in_its_place_is_well() -> None:
    assert told(FakeAccount()) == {}


def test_a_sandbox_in_production_takes_no_real_money() -> None:
    sandbox = Gateway("sandbox-1", "sandbox", "Sandbox", is_test=True)
    shop = replace(a_shop(), gateways=(sandbox,))
    assert told(FakeAccount(), shop=shop) == {"gateways": State.FAILED}
    assert told(FakeAccount(), "staging", shop) == {}
    assert told(FakeAccount(), shop=replace(shop, gateways=())) == {"gateways": State.FAILED}


def test_alarms_that_ring_or_that_nobody_hears_are_told() -> None:
    assert told(FakeAccount(alarm_state="ALARM")) == {"alarms": State.FAILED}
    assert told(FakeAccount(told=(0, 1))) == {"listeners": State.FAILED}
    assert told(FakeAccount(alarm_names=())) == {"alarms": State.FAILED, "listeners": State.FAILED}
    assert told(FakeAccount(alarm_state="ALARM"), "local") == {}


def test_what_is_short_old_or_out_of_reach_is_told() -> None:
    account = FakeAccount(unreserved=10, changed_at=NOW - 366 * 86_400)
    assert told(account) == {"concurrency": State.WARNING, "secret jwt": State.WARNING}
    broken = {"gateway cards": State.FAILED, "tax provider": State.FAILED}
    assert told(FakeAccount(), wrong="It does not answer.") == broken


def test_an_endpoint_that_said_it_is_gone_is_told() -> None:
    gone = Endpoint("e", "https://e.example.com", ("*",), 1, 1, enabled=False, disabled_reason="It answered 410.")
    assert told(FakeAccount(), endpoints=(gone, replace(gone, id="f", enabled=True))) == {"webhook e": State.WARNING}


def test_a_sender_whom_nobody_verified_is_told() -> None:
    card = Gateway("cards", "stripe", "Cards", is_test=False)
    mailing = replace(a_shop().settings, mail={"sender": "shop@example.com"})
    shop = replace(a_shop(), gateways=(card,), settings=mailing)
    assert told(FakeAccount(), shop=shop) == {"mail": State.FAILED}
    assert told(FakeAccount(senders=("shop@example.com",)), shop=shop) == {}


def test_what_cannot_be_read_is_a_warning() -> None:
    assert told(FakeAccount(forbids=True)) == {"requests": State.WARNING}
