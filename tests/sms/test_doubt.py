"""Which refusals of a provider leave open whether the message was sent?"""

from __future__ import annotations

import pytest

from filter.settings import Provider
from filter.sms.exchange import Reply
from filter.sms.providers.twilio import Twilio


@pytest.mark.parametrize(
    ("status", "may_have_sent"),
    [(201, False), (400, False), (429, False), (500, True), (502, True), (503, False), (504, True)],
)
def test_a_server_error_may_come_after_the_message_was_sent(
    status: int, *, may_have_sent: bool
) -> None:
    twilio = Twilio(Provider(upstream="https://api.twilio.com"))

    assert twilio.receipt(Reply(status, b"{}")).may_have_sent is may_have_sent
