"""Words for what colleagues do for one another: confirming an answer, and standing in for who is away."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

Words = Mapping[str, object]

DONE: Words = {
    "da-confermare": _("Registrato: ora lo conferma una collega. Fino ad allora il caso non va avanti."),
    "confermata": _("Confermato: il passo è completato."),
    "rimandata": _("Rimandato a chi l'aveva compilato, che riceve un avviso."),
    "sostituzione": _("Sostituzione registrata: finisce da sola."),
    "sostituzione-finita": _("Sostituzione finita."),
    "collegato": _("I due contatti sono collegati."),
    "scollegato": _("I due contatti non sono più collegati."),
    "passo-ripreso": _("Il passo è di nuovo in carico a voi, con le vostre risposte come bozza."),
}
NOTICES: Words = {
    "sent_back": _("Un passo che avevate compilato vi torna: una collega non lo ha confermato"),
}
EVENTS: Words = {
    "task_proposed": _("Compilato: lo conferma una seconda persona"),
    "task_sent_back": _("Non confermato: torna a chi l'aveva compilato"),
    "task_taken_back": _("Ripreso da chi l'aveva compilato"),
}
VALUES: Mapping[tuple[str, str], object] = {
    ("code", "unknown"): _("Non è il codice di un caso a cui lavora il vostro ente."),
    ("code", "the_same_case"): _("È il codice di questo stesso caso."),
    ("code", "linked_already"): _("Questo contatto è già collegato."),
    ("absent", "not_of_the_agency"): _("Chi è assente deve lavorare con i casi in questo ente."),
    ("absent", "required"): _("Scegliere chi è assente."),
    ("substitute", "required"): _("Scegliere chi sostituisce."),
    ("substitute", "not_of_the_agency"): _("Chi sostituisce deve lavorare con i casi nello stesso ente."),
    ("substitute", "the_same_person"): _("Chi sostituisce deve essere un'altra persona."),
    ("since", "required"): _("Scrivere il primo giorno."),
    ("since", "overlaps"): _(
        "In quei giorni questa persona ha già chi la sostituisce: finire prima quella sostituzione."
    ),
    ("until", "required"): _("Scrivere l'ultimo giorno."),
    ("until", "not_after_the_beginning"): _("L'ultimo giorno viene prima del primo, o è già passato."),
    ("until", "too_long"): _("Una sostituzione dura al massimo un anno."),
}
