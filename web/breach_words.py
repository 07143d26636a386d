"""What is said of answers in the wrong case, and of the breach that it may be."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

DONE: Mapping[str, object] = {
    "tolta": _("La risposta è stata tolta da questo caso e non si può più leggere. Chi risponde dei dati è avvisato."),
    "spostata": _("La risposta è stata tolta dall'altro caso: qui è una bozza. Controllatela e inviatela."),
    "valutata": _("La valutazione è registrata."),
}
NOTICES: Mapping[str, object] = {
    "breach_found": _("Una risposta era nel caso sbagliato: va valutato se è una violazione dei dati"),
    "breach_due": _("Una possibile violazione dei dati aspetta ancora la valutazione"),
    "breach_late": _("Il termine per valutare una possibile violazione dei dati è passato"),
}
EVENTS: Mapping[str, object] = {
    "answer_taken_out": _("Risposta tolta: era nel caso sbagliato"),
    "answer_put_down": _("Bozza arrivata da un caso sbagliato"),
    "breach_assessed": _("Valutato se è una violazione dei dati"),
}
VALUES: Mapping[tuple[str, str], object] = {
    ("case", "required"): _("Avete lo stesso passo anche in un altro caso: confermare che il caso è questo."),
    ("to_notify", "required"): _("Dire se si notifica al Garante."),
    ("to_task", "required"): _("Scegliere il passo giusto, oppure di togliere soltanto."),
}
# What keeps an answer from being taken out, or moved.
CONFLICTS: Mapping[str, object] = {
    "misfiled_already": _("Questa risposta è già stata tolta."),
    "another_form": _("Quel passo non chiede le stesse cose: la risposta si può solo togliere."),
    "draft_in_the_way": _("In quel passo c'è già una bozza: sceglierne un altro, o togliere soltanto."),
    "assessed_already": _("È già stata valutata."),
}
