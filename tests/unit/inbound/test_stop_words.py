"""Which texts are stop words, and which only have one in them."""

import pytest

from messente_rcs.inbound.stop_words import START_WORDS, STOP_WORDS, StopWords, Wish

OUT, IN = Wish.OPTED_OUT, Wish.OPTED_IN


TEXTS: dict[Wish | None, tuple[str, ...]] = {
    OUT: (
        *("STOP", "stop", "Stop.", " stop!\n", "«STOP»", "S\u200bTOP", "\uff33TOP", "stop 🛑", "STOP-ALL", "S.T.O.P."),
        *("stop  all", "Opt-out", "Lõpeta", "LOPETA", "arret", "Arrêt", "стоп", "Стоп!!!", "un-subscribe"),
        *("OPT\u2010OUT", "OPT\u2011OUT", "OPT\u2013OUT", "opt\u2014out", "OPT\u2212OUT", "opt_out", "OPT.OUT"),
        *("OPT/OUT", "STOP, ALL", "opt\u00b7out"),
        *("OPT\u00a0OUT", "Remove", "TD", "t.d.", "ARRET", "CANCEL", "END", "OPTOUT", "QUIT", "UNSUBSCRIBE"),
    ),
    IN: (
        *("START", "unstop", "Начать", "opt in", "opt-in", "meld_på"),
        *("S\u2019ABONNER", "s'abonner", "S\u2018abonner", "S\u02bcABONNER"),
    ),
    None: (
        *("YES", "Please stop", "stop by on Friday", "stopover", "", "!", "don't stop", "no", "please stop by"),
        *("Re: move", "don\u2019t stop", "non-stop", "stop-by", "bus_stop", "12.00", "the end.", "end-to-end"),
    ),
}


@pytest.mark.parametrize(("text", "wish"), [(text, wish) for wish, texts in TEXTS.items() for text in texts])
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
