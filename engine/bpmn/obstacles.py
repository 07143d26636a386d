"""What keeps a running case on its version, in words: the reason, and the way out."""

from engine.bpmn.migration import Obstacle
from engine.errors import Problem

_WORDS = {
    "being_undone": ("Qui si sta disfacendo ciò che è stato fatto.", "Aspettare che sia finito."),
    "calls_another": (
        "La chiamata è in corso, e nella nuova versione chiama un altro processo.",
        "Tenere la chiamata com'era, e metterne un'altra con un altro id.",
    ),
    "cannot_be_undone_any_more": (
        "Ciò che è stato fatto qui si può disfare, e nella nuova versione non si potrebbe più.",
        "Tenere l'attività e la sua compensazione, o aspettare che questi casi finiscano.",
    ),
    "cannot_fall_away": (
        "Qui c'è qualcosa di aperto: non può cadere.",
        "Dire quale elemento lo sostituisce, o aspettare che sia concluso.",
    ),
    "join_changed": (
        "Qui dei rami si aspettano, e nella nuova versione non si aspetterebbero più nello stesso modo.",
        "Tenere il gateway e i flussi che vi entrano, o aspettare che questi casi lo abbiano passato.",
    ),
    "join_never_completed": (
        "Nella nuova versione qui si aspetta un ramo che questi casi non possono più percorrere.",
        "Aspettare che questi casi abbiano passato il punto in cui i rami si riuniscono.",
    ),
    "kind_changed": (
        "Qui un caso è fermo, e nella nuova versione l'elemento è di un altro tipo.",
        "Dare all'elemento nuovo un altro id, e tenere quello di prima o dire che cosa lo sostituisce.",
    ),
    "lane_changed": (
        "Il passo è aperto, e nella nuova versione sta in un'altra corsia.",
        "Aspettare che sia concluso, o passare prima la corsia all'altro ente.",
    ),
    "lane_without_agency": (
        "Per questa corsia il caso non ha un ente, e non ce n'è uno solo che possa svolgerla.",
        "Dare il servizio a un solo ente della rete, o lasciare questi casi sulla loro versione.",
    ),
    "listens_for_another": (
        "Qui si aspetta un messaggio o un segnale, e nella nuova versione è un altro.",
        "Tenere il nome di prima, o aspettare che sia arrivato.",
    ),
    "moved": (
        "L'evento sta sul bordo di un passo aperto, e nella nuova versione sta su un altro.",
        "Dare all'evento nuovo un altro id, e lasciar cadere questo.",
    ),
    "race_changed": (
        "Qui si aspetta il primo di più eventi, e nella nuova versione sono altri.",
        "Tenere gli stessi eventi dopo il gateway, o aspettare che uno sia arrivato.",
    ),
    "removed": (
        "Qui un caso è fermo, e nella nuova versione l'elemento non c'è.",
        "Dire quale elemento lo sostituisce, lasciarlo cadere se aspetta soltanto, o tenerlo.",
    ),
    "repetition_changed": (
        "L'attività è in corso più volte, e nella nuova versione si ripete in un altro modo.",
        "Tenere la ripetizione com'era, o aspettare che sia conclusa.",
    ),
    "separation_lost": (
        "Il passo è stato fatto con un altro id, e un altro passo va tenuto distinto da questo.",
        "Tenere l'id di prima: altrimenti lo stesso passo potrebbe farlo la stessa persona.",
    ),
    "steps_changed": (
        "Qui restano passi da cominciare, e nella nuova versione non ci sono.",
        "Tenere i passi del sottoprocesso ad hoc, o aspettare che sia concluso.",
    ),
    "would_be_done_twice": (
        "Due passi sono aperti insieme, e nella nuova versione uno viene dopo l'altro: si farebbe due volte.",
        "Aspettare che i rami si siano riuniti, o tenerli affiancati.",
    ),
}
# What stops a token at once in the new version has its own words where incidents are shown.
_STOPPED = ("Nella nuova versione il caso si fermerebbe subito qui.", "Correggere l'espressione dell'elemento.")


def problem(obstacle: Obstacle) -> Problem:
    """Say an obstacle for the designer."""
    reason, way_out = _WORDS.get(obstacle.code, _STOPPED)
    return Problem(obstacle.element, reason, way_out)
