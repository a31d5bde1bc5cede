"""What is counted as sent was acknowledged, and what was not acknowledged is sent again, the same."""

from __future__ import annotations

import threading
from itertools import pairwise

import pytest
from hl7apy.core import Message
from hl7apy.mllp import AbstractHandler, MLLPServer
from hl7apy.parser import parse_message
from hypothesis import given
from hypothesis import strategies as st

from monitor.hl7.mllp import Answer, Delivery, Frames, Patience, Refused, Sender, Unanswered, framed, send
from tests.hl7.receiver import Answer as Behaviour
from tests.hl7.receiver import (
    Receiver,
    accept,
    acknowledgement,
    answer,
    close,
    control_id,
    drip,
    half_and_close,
    half_and_hang,
    hang,
    reset,
    say,
    split,
)
from tests.ports import free_port

PAUSES = (1.0, 5.0)
HASTE = Patience(answer_s=0.3, pauses_s=PAUSES)
"""For receivers that do not answer; all others do at once."""
CALM = Patience(pauses_s=PAUSES)


def message(number: int) -> str:
    return f"MSH|^~\\&|CHAIRSIDE||||20270115||ORU^R01^ORU_R01|ID{number}|P|2.6\rPID|||K-1\rOBX|1|ST|||größe\r"


THREE = [message(number) for number in range(3)]


class Waits:
    """Lets no time pass, and remembers for how long it was asked to; gives up at the ``stop``-th time."""

    def __init__(self, stop: int = 1000) -> None:
        self.pauses: list[float] = []
        self._stop = stop

    def __call__(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        return len(self.pauses) >= self._stop


def came(receiver: Receiver) -> list[str]:
    return [control_id(each) for each in receiver.messages]


def test_messages_arrive_whole_and_in_order_over_one_connection() -> None:
    waits = Waits()
    with Receiver() as receiver:
        delivery = send(THREE, receiver.address, CALM, waits)
    assert delivery == Delivery(3)
    assert [each.decode() for each in receiver.messages] == THREE
    assert receiver.connections == 1
    assert waits.pauses == []


@pytest.mark.parametrize("code", ["AA", "CA"])
def test_both_ways_to_accept_are_taken(code: str) -> None:
    with Receiver([answer(code)]) as receiver:
        assert send(THREE, receiver.address, CALM).accepted == 3


def test_a_second_acknowledgement_of_a_message_is_not_taken_for_that_of_the_next() -> None:
    both = acknowledgement("CA", "ID0") + acknowledgement("AA", "ID0")
    with Receiver([say(both), accept]) as receiver:
        assert send(THREE, receiver.address, CALM) == Delivery(3)
    assert came(receiver) == ["ID0", "ID1", "ID2"]


@pytest.mark.parametrize("code", ["AR", "CR"])
def test_what_the_receiver_will_never_take_is_named_with_its_words_and_not_sent_again(code: str) -> None:
    with Receiver([accept, answer(code, "ERR|||207^Application error|E|||dump|no such patient"), accept]) as receiver:
        delivery = send(THREE, receiver.address, CALM, Waits())
    assert delivery == Delivery(2, (Refused("ID1", code, "no such patient"),))
    assert came(receiver) == ["ID0", "ID1", "ID2"]
    assert str(delivery.refused[0]) == f"the receiver answered {code} to ID1: no such patient"
    assert delivery.handled == 3


@pytest.mark.parametrize("code", ["AE", "CE"])
def test_what_the_receiver_cannot_take_now_is_tried_again_a_few_times(code: str) -> None:
    waits = Waits()
    with Receiver([answer(code), answer(code), accept]) as receiver:
        assert send(THREE, receiver.address, CALM, waits) == Delivery(3)
    assert came(receiver) == ["ID0", "ID0", "ID0", "ID1", "ID2"]
    assert waits.pauses == list(PAUSES)


def test_a_receiver_that_never_can_is_not_asked_for_ever() -> None:
    error = answer("AE", "ERR||||E||||queue full\x1b[31m")
    with Receiver([accept, error, error, error, accept]) as receiver:
        delivery = send(THREE, receiver.address, CALM, Waits())
    assert delivery == Delivery(2, (Refused("ID1", "AE", "queue full [31m"),))
    assert came(receiver) == ["ID0", "ID1", "ID1", "ID1", "ID2"]


def test_the_text_of_an_older_receiver_is_in_its_msa_segment() -> None:
    old = say(acknowledgement("AR", "ID0").replace(b"MSA|AR|ID0", b"MSA|AR|ID0|unknown ward"))
    with Receiver([old, accept]) as receiver:
        assert send(THREE[:1], receiver.address, CALM).refused == (Refused("ID0", "AR", "unknown ward"),)


BAD: dict[str, tuple[Behaviour, str]] = {
    "hangs": (hang, "did not answer within 0.3 s"),
    "drips": (drip, "did not answer within 0.3 s"),
    "half an answer, then nothing": (half_and_hang, "did not answer within 0.3 s"),
    "half an answer, then closed": (half_and_close, "closed before the answer was whole"),
    "closes": (close, "closed before the answer was whole"),
    "resets": (reset, "broke"),
    "noise outside of frames": (say(b"\x00\xff HTTP/1.1 400 Bad Request\r\n\r\n"), "did not answer within"),
    "noise within a frame": (say(b"\x0b\xff\xfe nonsense\x1c\r"), "no acknowledgement: not understood"),
    "noise within two frames": (say(b"\x0bnonsense\x1c\r" * 2), "no acknowledgement: not understood"),
    "an empty frame": (say(b"\x0b\x1c\r"), "no acknowledgement: not understood"),
    "no MSA": (say(b"\x0bMSH|^~\\&|EHR\r\x1c\r"), "no acknowledgement: not understood"),
    "an unknown code": (say(acknowledgement("OK", "ID1")), "no acknowledgement: not understood"),
    "another message's": (say(acknowledgement("AA", "ID7")), "acknowledged another message than ID1"),
    "nobody's": (say(acknowledgement("AA", "")), "acknowledged another message than ID1"),
    "an answer without an end": (say(b"\x0b" + b"x" * 300_000), "it has no end"),
}


@pytest.mark.parametrize(("behaviour", "told"), BAD.values(), ids=BAD)
def test_a_receiver_that_does_not_answer_gets_the_same_message_again_until_it_does(
    behaviour: Behaviour, told: str
) -> None:
    with Receiver([accept, behaviour, accept]) as receiver:
        assert send(THREE, receiver.address, HASTE, Waits()) == Delivery(3)
    assert came(receiver) == ["ID0", "ID1", "ID1", "ID2"], "a message was lost or sent as another one"
    assert receiver.messages[1] == receiver.messages[2]
    with Receiver([accept, behaviour]) as receiver:
        delivery = send(THREE, receiver.address, HASTE, Waits())
    assert delivery.accepted == 1, "what nobody acknowledged counts as sent"
    assert delivery.stopped is not None
    assert delivery.stopped.control_id == "ID1"
    assert told in delivery.stopped.problem
    assert came(receiver) == ["ID0", "ID1", "ID1", "ID1"]


def test_who_was_away_gets_the_rest_when_it_is_back() -> None:
    waits, port = Waits(), free_port()
    delivery = send(THREE, ("127.0.0.1", port), CALM, waits)
    assert (delivery.accepted, delivery.handled) == (0, 0)
    assert str(delivery.stopped) == f"no connection to 127.0.0.1 port {port}: Connection refused"
    assert waits.pauses == list(PAUSES)
    with Receiver([accept, answer("AR"), close], port) as receiver:
        delivery = send(THREE, receiver.address, CALM, Waits())
        assert (delivery.accepted, len(delivery.refused), delivery.handled) == (1, 1, 2)
    with Receiver(port=port) as receiver:
        assert send(THREE[delivery.handled :], receiver.address, CALM, Waits()) == Delivery(1)
    assert came(receiver) == ["ID2"]


def test_who_wants_to_stop_does_not_wait_out_the_pauses() -> None:
    waits = Waits(stop=1)
    with Receiver([answer("AE")]) as receiver:
        assert send(THREE[:1], receiver.address, CALM, waits).refused == (Refused("ID0", "AE", ""),)
    assert waits.pauses == [1.0]


def test_a_connection_that_was_closed_while_idle_is_made_again() -> None:
    with Receiver() as first, Sender(first.address, CALM, Waits()) as sender:
        assert sender.deliver(message(0)) is None
        first.close()
        with Receiver(port=first.address[1]) as second:
            assert sender.deliver(message(1)) is None
    assert came(second) == ["ID1"]


def test_a_name_that_nobody_knows_is_told() -> None:
    problem = Sender(("no-such-host.invalid", 2575), CALM, Waits()).deliver(message(0))
    assert isinstance(problem, Unanswered)
    assert problem.problem.startswith("no connection to no-such-host.invalid port 2575: ")


@pytest.mark.parametrize("host", ["ehr..clinic.example", "x" * 64])
def test_a_name_that_nobody_can_have_is_told(host: str) -> None:
    problem = Sender((host, 2575), CALM, Waits()).deliver(message(0))
    assert problem == Unanswered("ID0", f"no connection to {host} port 2575: no computer can be called that")


def test_an_independent_receiver_understands_and_is_understood() -> None:
    class Ward(AbstractHandler):  # type: ignore[misc]
        def reply(self) -> str:
            taken = parse_message(self.incoming_message)
            answer = Message("ACK", version="2.6")
            answer.msa.msa_1, answer.msa.msa_2 = "AA", taken.msh.msh_10.value
            return str(answer.to_mllp())

    with MLLPServer("127.0.0.1", 0, {"ORU^R01^ORU_R01": (Ward,)}) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        assert send(THREE, server.server_address, CALM, Waits()) == Delivery(3)
        server.shutdown()
        thread.join()


def test_an_answer_may_be_cut_at_every_byte() -> None:
    length = len(acknowledgement("AA", "ID100"))
    messages = [message(100 + place) for place in range(1, length)]
    with Receiver([*(split(place) for place in range(1, length)), accept]) as receiver:
        assert send(messages, receiver.address, CALM, Waits()) == Delivery(length - 1)
        assert send([message(100)], receiver.address, CALM, Waits()) == Delivery(1)
    with Receiver([split(*range(1, length))]) as receiver:
        assert send([message(100)], receiver.address, CALM, Waits()) == Delivery(1)


@given(st.lists(st.integers(0, 200), max_size=8), st.binary(max_size=20).filter(lambda noise: b"\x1c" not in noise))
def test_frames_are_found_however_they_were_cut(places: list[int], noise: bytes) -> None:
    first, second = acknowledgement("AA", "A1"), acknowledgement("AE", "B2", "ERR||||E||||why")
    stream = noise + first + second
    frames, cuts = Frames(), sorted({0, *(place for place in places if place < len(stream)), len(stream)})
    for begin, end in pairwise(cuts):
        frames.feed(stream[begin:end])
    found = [Answer.parsed(frame) for frame in (frames.next(), frames.next()) if frame is not None]
    assert found == [Answer("AA", "A1", ""), Answer("AE", "B2", "why")]
    assert frames.next() is None


@given(st.binary(max_size=200))
def test_nothing_that_a_receiver_says_is_taken_for_an_acceptance_but_one(data: bytes) -> None:
    assert Answer.parsed(data) is None or b"MSA" in data


@given(st.text(alphabet="MSHA|\r\n^~\\&ERR0", max_size=60))
def test_no_answer_however_odd_breaks_the_sender(text: str) -> None:
    found = Answer.parsed(f"MSH|{text}".encode())
    assert found is None or found.code in {"AA", "CA", "AE", "CE", "AR", "CR"}


@pytest.mark.parametrize("byte", ["\x0b", "\x1c"])
def test_a_message_that_would_end_its_frame_is_not_sent(byte: str) -> None:
    with pytest.raises(ValueError, match="bytes of a frame"):
        framed(f"MSH|{byte}")
