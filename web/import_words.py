"""What is said of files of agencies and people that are taken in."""

from __future__ import annotations

from web.translation import lazy_gettext as _
from web.words import Words

FILES: Words = {"agencies": _("enti"), "people": _("persone"), "shifts": _("turni")}
PROBLEMS: Words = {
    "nothing": _("I file sono vuoti: non c'è niente da importare."),
    "not_utf8": _("La riga ha caratteri non in UTF-8: salvare il file come «CSV UTF-8»."),
    "not_csv": _("Da questa riga il file non è CSV: controllare le virgolette."),
    "not_ics": _("Il file non è un calendario iCalendar (.ics) leggibile: esportarlo di nuovo."),
    "recurring": _("È un evento che si ripete: esportarlo come eventi singoli, così si vede ogni turno."),
    "called_off": _("L'evento è annullato: toglierlo dal file."),
    "too_large": _("Il file è troppo grande: dividerlo in più file."),
    "too_many_lines": _("Più di 200 righe: dividere il file."),
    "column_missing": _("Nella prima riga manca questa colonna."),
    "column_unknown": _("Questa colonna non è prevista: toglierla."),
    "column_twice": _("Questa colonna compare due volte."),
    "number_of_cells": _("La riga non ha tante celle quante sono le colonne."),
    "missing": _("La cella è vuota."),
    "unfit": _("Il valore non è tra quelli ammessi."),
    "taken": _("Questo nome è già usato, nel servizio o più su in questo file."),
    "unknown_person": _("Nessuno con questo nome utente lavora per il servizio."),
    "not_after_the_beginning": _("Il turno finisce prima di cominciare."),
    "is_over": _("Questo turno è già finito."),
    "shift_too_long": _("Un turno dura al massimo sette giorni."),
    "the_same_person": _("La seconda reperibile deve essere un'altra persona."),
    "unknown_agency": _("Questo ente non è nella rete né tra quelli da creare."),
}
