"""What is said of the watchdog's findings, at the command line and on the pages: what it is, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.oversight.watchdog import Code


@dataclass(frozen=True, slots=True)
class Words:
    """What is wrong and the way out, in one language."""

    what: str
    way_out: str


SAID: Mapping[Code, tuple[Words, Words]] = {
    Code.NO_WORKER: (
        Words(
            "Nessun processo fa ciò che scade: avvisi e passaggi automatici sono fermi.",
            "I ritardi che si vedono sono comunque giusti: avvisate chi gestisce il servizio, e telefonate voi."
            " Chi lo gestisce avvia staffetta worker: recupera da sé.",
        ),
        Words(
            "No process does what falls due: notices and automatic steps stand still.",
            "What is shown as late is still right: tell whoever runs the service, and telephone yourselves."
            " Whoever runs it starts staffetta worker: it catches up by itself.",
        ),
    ),
    Code.WORKER_SILENT: (
        Words(
            "Un processo che fa ciò che scade non dà più segno di vita.",
            "Chi gestisce il servizio guarda se la macchina è accesa e raggiunge il database, e riavvia"
            " staffetta worker.",
        ),
        Words(
            "A process that does what falls due gives no sign of life.",
            "Whoever runs the service looks whether the machine is on and reaches the database, and restarts"
            " staffetta worker.",
        ),
    ),
    Code.WORKER_STUCK: (
        Words(
            "Un processo che fa ciò che scade è vivo e non va avanti.",
            "Chi gestisce il servizio lo riavvia: il lavoro lasciato a metà viene rifatto.",
        ),
        Words(
            "A process that does what falls due is alive and does not go on.",
            "Whoever runs the service restarts it: work that was left half done is done again.",
        ),
    ),
    Code.DUE_UNDONE: (
        Words(
            "Qualcosa che è scaduto non è stato fatto: un avviso attende.",
            "I ritardi che si vedono sono comunque giusti: telefonate, e avvisate chi gestisce il servizio.",
        ),
        Words(
            "Something that fell due has not been done: a notice waits.",
            "What is shown as late is still right: telephone, and tell whoever runs the service.",
        ),
    ),
    Code.RUNG_MISSING: (
        Words(
            "Ci sono scadenze che non avviserebbero nessuno: manca il prossimo gradino.",
            "Chi gestisce il servizio guarda con staffetta doctor di quali casi sono; intanto seguiteli voi.",
        ),
        Words(
            "There are deadlines of which nobody would hear: their next rung is missing.",
            "Whoever runs the service looks with staffetta doctor at which cases they are; follow them meanwhile.",
        ),
    ),
    Code.WAKE_UP_MISSING: (
        Words(
            "Ci sono casi che si sveglierebbero troppo tardi per ciò che vi scade.",
            "Chi gestisce il servizio guarda con staffetta doctor quali sono: un passo fatto nel caso lo rimette"
            " a posto.",
        ),
        Words(
            "There are cases that would wake up too late for what falls due in them.",
            "Whoever runs the service looks with staffetta doctor at which they are: a step done in the case puts it"
            " right.",
        ),
    ),
    Code.NOT_INSPECTED: (
        Words(
            "Da troppo tempo nessun processo controlla se tutte le scadenze sono armate.",
            "Chi gestisce il servizio legge il registro di staffetta worker.",
        ),
        Words(
            "For too long no process has looked whether all deadlines are armed.",
            "Whoever runs the service reads the log of staffetta worker.",
        ),
    ),
    Code.OUTBOX_BEHIND: (
        Words(
            "I messaggi fuori da queste pagine (e-mail, SMS, chiamate) non partono.",
            "Non contate su di essi: telefonate. Chi gestisce il servizio guarda se il server di posta e il gateway"
            " rispondono.",
        ),
        Words(
            "Messages outside these pages (e-mail, text messages, calls) do not leave.",
            "Do not count on them: telephone. Whoever runs the service looks whether mail server and gateway answer.",
        ),
    ),
    Code.SEALS_BEHIND: (
        Words(
            "Il registro degli accessi non viene sigillato: ci sono voci in attesa.",
            "Nessuna voce è persa: avvisate chi gestisce il servizio.",
        ),
        Words(
            "The register of accesses is not being sealed: entries wait.",
            "No entry is lost: tell whoever runs the service.",
        ),
    ),
    Code.TOMBSTONES_BEHIND: (
        Words(
            "Ciò che è stato cancellato non è ancora scritto fuori dal database.",
            "Chi gestisce il servizio guarda se il disco è pieno e se erasures.jsonl si può scrivere.",
        ),
        Words(
            "What was erased is not yet written down outside the database.",
            "Whoever runs the service looks whether the disk is full, and whether erasures.jsonl can be written.",
        ),
    ),
    Code.CLOCK_WRONG: (
        Words(
            "L'orologio di una macchina e quello del database non vanno d'accordo.",
            "Le scadenze seguono il database. Chi gestisce il servizio guarda quale dei due è giusto e li sincronizza.",
        ),
        Words(
            "The clock of a machine and that of the database do not agree.",
            "Deadlines follow the database. Whoever runs the service looks which of the two is right, and synchronises"
            " them.",
        ),
    ),
    Code.VERSIONS_DIFFER: (
        Words(
            "Un processo che fa ciò che scade è di un'altra versione del programma.",
            "Chi gestisce il servizio riavvia staffetta worker e staffetta serve con la stessa versione.",
        ),
        Words(
            "A process that does what falls due is of another release.",
            "Whoever runs the service restarts staffetta worker and staffetta serve with the same release.",
        ),
    ),
    Code.ROSTER_GAP: (
        Words(
            "Nei prossimi 7 giorni ci sono ore in cui nessuno è reperibile.",
            "Completate i turni: senza, risponde il coordinamento.",
        ),
        Words(
            "Within the next 7 days there are hours in which nobody is on call.",
            "Complete the shifts: without them the coordination answers.",
        ),
    ),
}


def said(code: Code, language: str) -> Words:
    """Say a finding in English for `en`, else in Italian."""
    italian, english = SAID[code]
    return english if language == "en" else italian
