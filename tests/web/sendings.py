"""What each address would accept from somebody who may: the bodies of the API, and all fields of all pages at once."""

from __future__ import annotations

from typing import Any

from tests.web.api.program import ABSENT

NO_CODE = "2345-67"

SHIFT = {"starts_at": "2030-01-01T00:00:00Z", "ends_at": "2030-01-02T00:00:00Z", "first": ABSENT}

BODIES: dict[str, dict[str, Any]] = {
    "start_case": {"definition": "accoglienza_cav"},
    "start_instance": {"definition": "accoglienza_cav"},
    "cancel_case": {"reason": "Aperto per errore."},
    "claim_task": {},
    "release_task": {"reason": "Fine turno."},
    "take_task_over": {"reason": "Fine turno."},
    "complete_task": {"values": {"esito_invio": "accetta"}},
    "appoint_substitute": {
        "agency": ABSENT,
        "absent": ABSENT,
        "substitute": ABSENT,
        "until": "2030-01-01T00:00:00Z",
    },
    "link_cases": {"code": NO_CODE, "manner": "a_voce"},
    "confirm_task": {},
    "send_task_back": {"reason": "Manca la data."},
    "correct_answer": {"values": {"esito_invio": "accetta"}, "reason": "Errore di battitura."},
    "correct_submission": {"values": {"rischio_segnalato": "MEDIO", "canale": "altro"}, "reason": "Errore."},
    "open_submission": {"kinds": ["libero"], "purpose": "atti"},
    "open_file": {"purpose": "atti"},
    "ask_reopening": {"reason": "Completato per errore."},
    "reopen_task": {"reason": "Completato per errore."},
    "call_unanswered": {"rung": ABSENT},
    "create_webhook": {"url": "https://programma.example/staffetta"},
    "switch_webhook": {"on": True},
    "end_her_call": {"outcome": "unanswered"},
    "save_draft": {"values": {}},
    "offer_task": {"to": ABSENT, "reason": "Fine turno."},
    "plan_migration": {},
    "apply_migration": {"groups": ["nessuno"]},
    "record_agreement": {
        "purpose": "protezione",
        "agency_id": ABSENT,
        "given": True,
        "manner": "a_voce",
        "text_language": "it",
        "text_version": 0,
        "language": "it",
    },
    "withdraw_agreement": {"manner": "a_voce"},
    "invoke_vital_interest": {"purpose": "protezione", "agency_id": ABSENT, "reason": "Priva di sensi."},
    "review_vital_interest": {"note": "Era giusto."},
    "close_item": {"outcome": "done"},
    "note_late_step": {"note": "Richiamano."},
    "pause_path": {"manner": "a_voce", "until": "2030-01-01T00:00:00Z"},
    "end_path": {"manner": "a_voce"},
    "resume_path": {},
    "exclude": {"interpreter": "n. 12", "reason": "Parente di lui."},
    "choose_alternate": {"user_id": None},
    "entrust_lane": {"lane": "cav", "agency_id": ABSENT},
    "prepare_handover": {"to_agency": ABSENT},
    "send_handover": {"to_agency": ABSENT},
    "accept_handover": {},
    "decline_handover": {"reason": "Nessun posto."},
    "ask_handover_back": {"reason": "Ente sbagliato."},
    "revoke_handover": {"reason": "Lei non vuole più."},
    "ask_extension": {"clock": "conclusion", "to": "2030-01-01T00:00:00Z", "reason": "Ricovero."},
    "decide_extension": {"approve": False},
    "pause_clock": {"clock": "conclusion", "reason": "T.ora"},
    "resume_clock": {"clock": "conclusion"},
    "state_dates": {"dates": {"iscritta_il": "2026-05-30"}},
    "ask_question": {"to_agency": ABSENT, "text": "Avete un posto?"},
    "answer_question": {"text": "Sì."},
    "send_referral": {"to_network": ABSENT, "purpose": "presa_in_carico", "values": {}},
    "accept_referral": {},
    "decline_referral": {"reason": "Nessun posto."},
    "take_out_submission": {},
    "assess_breach": {"to_notify": False, "reason": "Nessuno l'ha letta."},
    "record_data_request": {
        "code": NO_CODE,
        "agency": None,
        "asked_by": "interessata",
        "checked": "conosciuta",
        "reach": "Di persona.",
    },
    "review_data_request": {"entries": {}},
    "decide_data_request": {"approve": False, "reason": "Manca chi è."},
    "extend_data_request": {"reason": "Molte carte."},
    "refuse_data_request": {"reason": "Ritirata."},
    "make_data_package": {},
    "deliver_data_package": {"delivery": "di_persona"},
    "change_ladder": {
        "escalation_class": "E1",
        "toml": "[E1]",
        "approved_by": "Tavolo tecnico",
        "reason": "Notti scoperte.",
    },
    "order_recount": {"reason": "Nuovi orari.", "expected": 1},
    "put_contact": {"medium": "sms", "address": "+39 333 1234567"},
    "verify_contact": {"medium": "sms", "code": "000000"},
    "remove_contact": {"medium": "sms"},
    "set_up_roster": {"service": "nessuno"},
    "change_roster": {"telephone": "", "needs": []},
    "write_shift": SHIFT,
    "replace_on_call": SHIFT | {"reason": "Malattia."},
    "publish_shifts": {"until": "2030-01-01T00:00:00Z"},
    "ask_swap": {"to": ABSENT},
    "answer_swap": {"accept": False},
    "reserve_codes": {"agency": ABSENT},
    "deliver_message": {"name": "M", "correlation": NO_CODE},
}

FIELDS: dict[str, object] = {
    "_motivo": "Fine turno.",
    "_gradino": ABSENT,
    "indirizzo": "https://programma.example/staffetta",
    "_esito_chiamata": "unanswered",
    "recapito": "+39 333 1234567",
    "codice_ricevuto": "000000",
    "mezzo": "sms",
    "dove": "togli",
    "_domanda": "Avete un posto?",
    "_risposta": "Sì.",
    "notifica": "no",
    "_revisione": "0",
    "_nota": "Richiamano.",
    "_scopo": "atti",
    "_specie": ["clinico", "libero"],
    "_perche": "errore",
    "_autorita": "tribunale",
    "_decisione": "no",
    "_cosa": "codice",
    "_testo": NO_CODE,
    "_codice": "RSSMRA85T10A562S",
    "_protocollo": "accoglienza_cav",
    "a": ABSENT,
    "passo": ABSENT,
    "persona": ABSENT,
    "servizio": "cav",
    "scambio": f"persona:{ABSENT}",
    "testo": "dal;al;prima\n",
    "settimana": "2030-01-07",
    "ente": ABSENT,
    "caso": NO_CODE,
    "esito": "giustificato",
    "scopo": "protezione",
    "come": "a_voce",
    "lingua_testo": "it",
    "lingua_parlata": "it",
    "versione": "0",
    "risposta": "si",
    "fino_a": "2030-01-01T00:00",
    "gruppo": "nessuno",
    "letto": "si",
    "chi": "interessata",
    "identita": "conosciuta",
    "raggiunta": "Di persona.",
    "consegna": "di_persona",
    "frase": "abcd-efgh-jkmn-pqrs-tuvw-xyz2",
}
# Its posts are the answers to a form, in which no key is known that the form does not have.
OF_FORMS = {"task.complete", "task.save_draft", "task.refresh", "submission.correct", "submission.refresh"}
KEPT = {"_motivo", "_revisione"}


# What is asked in the address.
QUERIES = {endpoint: {"caso": NO_CODE} for endpoint in ("register.page", "register.export", "inbox.page")}


def of_page(endpoint: str) -> dict[str, object]:
    """What is sent to a page."""
    return {name: value for name, value in FIELDS.items() if endpoint not in OF_FORMS or name in KEPT}


def of_api(endpoint: str) -> dict[str, Any] | None:
    """What is sent to an address of the API; nothing to those that take nothing."""
    return BODIES.get(endpoint.partition(".")[2])
