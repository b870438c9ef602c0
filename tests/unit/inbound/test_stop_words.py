"""Which texts are stop words, and which only have one in them."""

import pytest

from messente_rcs.inbound.stop_words import START_WORDS, STOP_WORDS, StopWords, Wish

OUT, IN = Wish.OPTED_OUT, Wish.OPTED_IN


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        *(
            (text, OUT)
            for text in ("STOP", "stop", "Stop.", " stop!\n", "«STOP»", "S\u200bTOP", "\uff33TOP", "stop 🛑")
        ),
        *((text, OUT) for text in ("stop  all", "Opt-out", "Lõpeta", "LOPETA", "arret", "Arrêt", "стоп", "Стоп!!!")),
        *((text, OUT) for text in ("OPT\u2010OUT", "OPT\u2011OUT", "OPT\u2013OUT", "opt\u2014out", "OPT\u2212OUT")),
        *((text, OUT) for text in ("opt_out", "OPT.OUT", "OPT\u00a0OUT", "STOP-ALL", "S.T.O.P.", "un-subscribe")),
        *((text, OUT) for text in ("Remove", "TD", "t.d.", "ARRET", "CANCEL", "END", "OPTOUT", "QUIT", "UNSUBSCRIBE")),
        *(
            (text, IN)
            for text in ("S\u2019ABONNER", "s'abonner", "S\u2018abonner", "S\u02bcABONNER", "meld_på", "opt-in")
        ),
        *((text, IN) for text in ("START", "unstop", "Начать", "opt in")),
        *(
            (text, None)
            for text in (
                "YES",
                "Please stop",
                "stop by on Friday",
                "stopover",
                "",
                "!",
                "don't stop",
                "no",
                "please stop by",
            )
        ),
        *(
            (text, None)
            for text in (
                "Re: move",
                "don\u2019t stop",
                "non-stop",
                "stop-by",
                "bus_stop",
                "12.00",
                "the end.",
                "end-to-end",
            )
        ),
    ],
)
def test_a_word_counts_as_the_whole_text(text: str, wish: Wish | None) -> None:
    """In any case, with or without accents, and with any punctuation around it."""
    assert StopWords().wish(text) == wish


def test_a_stop_word_wins_over_a_start_word() -> None:
    """Text and postback of one tap may say both."""
    assert StopWords().wish("START", "stop") == StopWords().wish("stop", "START") == OUT
    assert StopWords().wish(None, "STOP") == OUT


def test_the_stack_adds_words() -> None:
    """Whatever it adds is a stop word, even if it was a start word."""
    words = StopWords("Aitab, no more , START,,")
    assert [words.wish(text) for text in ("aitab!", "No  more", "start", "unstop", "")] == [OUT, OUT, OUT, IN, None]


@pytest.mark.parametrize("language", STOP_WORDS)
def test_every_language_can_stop_and_start(language: str) -> None:
    """Each word of the tables is one of its kind, and none is of both."""
    words = StopWords()
    assert {words.wish(each) for each in STOP_WORDS[language].split(",")} == {OUT}
    assert {words.wish(each) for each in START_WORDS[language].split(",")} == {IN}
