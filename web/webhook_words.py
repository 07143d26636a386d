"""The words of webhooks: where programs of a network are told, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping

from web.translation import lazy_gettext as _

Words = Mapping[str, object]

DONE: Words = {
    "webhook-attivo": _("Da adesso gli eventi partono."),
    "webhook-spento": _("Da adesso lì non parte più nulla."),
    "webhook-prova": _("La prova è partita: l'esito si vede qui tra poco."),
}
VALUES: Mapping[tuple[str, str], object] = {
    ("url", "invalid_url"): _("Scrivere un indirizzo che cominci con https://, senza nome utente né spazi."),
}
CONFLICTS: Words = {
    "too_many_webhooks": _("La rete ha già dieci indirizzi: spegnete e riusate uno di quelli."),
    "webhook_off": _("Questo indirizzo è spento: accendetelo, poi provatelo."),
}
NOTICES: Words = {"webhook_disabled": _("Un webhook è stato spento: da giorni nessuno lo riceve")}
STATES: Words = {"waiting": _("in attesa"), "sent": _("ricevuto"), "failed": _("non ricevuto")}
ERRORS: Words = {
    "unreachable": _("non raggiungibile"),
    "private_address": _("indirizzo di una rete interna: non permesso"),
    "too_slow": _("non risponde in tempo"),
    "broken_off": _("la connessione si interrompe"),
    "refused": _("rifiutato"),
    "disabled": _("indirizzo spento"),
}
ACTIONS: Words = {
    "webhook.created": _("Webhook aggiunto"),
    "webhook.rotated": _("Segreto di un webhook cambiato"),
    "webhook.switched_on": _("Webhook acceso"),
    "webhook.switched_off": _("Webhook spento"),
    "webhook.tested": _("Webhook provato"),
}
