"""Stop words and start words: texts by which a recipient opts out or in, if they are the whole text.

"Please stop by on Friday" is no stop word, and "Stop!" is one. OPT OUT, OPT-OUT and opt_out are one word. YES is
no start word although some carriers take it for one: it answers any other question too, and a recipient who confirms an
appointment has not asked for messages.
"""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum


class Wish(StrEnum):
    """The wish of a recipient."""

    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"


STOP_WORDS = {
    "en": "STOP, STOP ALL, UNSUBSCRIBE, CANCEL, END, QUIT, OPT OUT, REVOKE, REMOVE, TD",
    "et": "STOPP, LÕPETA, LOOBU, LOOBUN",
    "lv": "BEIGT, ATTEIKTIES, PĀRTRAUKT, APTURĒT",
    "lt": "STABDYTI, ATSISAKYTI, ATSISAKAU, NUTRAUKTI",
    "fi": "SEIS, LOPETA, PERU, PERUUTA",
    "sv": "STOPP, SLUTA, AVSLUTA, AVREGISTRERA, AVPRENUMERERA",
    "no": "STOPP, AVMELD, AVSLUTT",
    "da": "STOP, AFMELD, FRAMELD",
    "de": "STOPP, ABMELDEN, ABBESTELLEN, AUSTRAGEN",
    "nl": "STOPPEN, AFMELDEN, UITSCHRIJVEN",
    "fr": "ARRÊT, ARRÊTER, ARRÊTEZ, DÉSABONNER, DÉSINSCRIRE, DÉSINSCRIPTION",
    "es": "BAJA, PARAR, ALTO, DETENER, CANCELAR",
    "pt": "PARAR, PARE, SAIR, CANCELAR, REMOVER",
    "it": "FERMA, FERMARE, DISISCRIVI, DISISCRIVIMI, CANCELLAMI, ANNULLA",
    "pl": "KONIEC, WYPISZ, REZYGNUJĘ, REZYGNACJA, ZATRZYMAJ",
    "ru": "СТОП, ОТПИСАТЬСЯ, ОТПИСКА, ОТПИШИСЬ, ОТПИШИТЕ, ОТМЕНА",  # noqa: RUF001 - Cyrillic, as it should be
    "uk": "СТОП, ВІДПИСАТИСЯ, ВІДПИСКА, СКАСУВАТИ",
}

START_WORDS = {
    "en": "START, UNSTOP, SUBSCRIBE, OPT IN",
    "et": "ALUSTA, LIITU, LIITUN",
    "lv": "SĀKT, PIETEIKTIES",
    "lt": "PRADĖTI, UŽSISAKYTI",
    "fi": "ALOITA, LIITY, TILAA",
    "sv": "STARTA, PRENUMERERA",
    "no": "MELD PÅ",
    "da": "TILMELD",
    "de": "STARTEN, ANMELDEN",
    "nl": "STARTEN, AANMELDEN",
    "fr": "DÉMARRER, ABONNER, S'ABONNER",
    "es": "ALTA, INICIAR, EMPEZAR",
    "pt": "INICIAR, COMEÇAR",
    "it": "INIZIA, INIZIARE, ISCRIVIMI",
    "pl": "ZAPISZ",
    "ru": "СТАРТ, НАЧАТЬ, ПОДПИСАТЬСЯ",  # noqa: RUF001 - Cyrillic, as it should be
    "uk": "СТАРТ, ПІДПИСАТИСЯ",  # noqa: RUF001 - Cyrillic, as it should be
}

_AROUND = re.compile(r"^[\W_]+|[\W_]+$")
# Spaces, underscores and dashes are categories. An iPhone writes a quotation mark (U+2019) for an apostrophe.
_BETWEEN, _MORE_BETWEEN = ("Mn", "Cf", "Zs", "Pc", "Pd"), ".,/'`\u00b7\u2018\u2019\u02bc\u2022\u2032\u2212\t\r\n"


class StopWords:
    """The words of all languages, and those that the stack adds to the stop words, with commas between them."""

    def __init__(self, more: str = "") -> None:
        self._stop = _words((*STOP_WORDS.values(), more))
        self._start = _words(START_WORDS.values()) - self._stop

    def wish(self, *texts: str | None) -> Wish | None:
        """Find the wish in the texts of a recipient; a stop word counts more than a start word."""
        said = {_plain(text) for text in texts if text}
        if said & self._stop:
            return Wish.OPTED_OUT
        return Wish.OPTED_IN if said & self._start else None


def _words(lists: Iterable[str]) -> frozenset[str]:
    return frozenset(word for words in lists for each in words.split(",") if (word := _plain(each)))


def _plain(text: str) -> str:
    """Write a text as the words are compared: without case, accents, what is around it, and what parts words."""
    parts = (each for each in unicodedata.normalize("NFKD", text) if each not in _MORE_BETWEEN)
    letters = (each for each in parts if unicodedata.category(each) not in _BETWEEN)
    return _AROUND.sub("", "".join(letters).casefold())
