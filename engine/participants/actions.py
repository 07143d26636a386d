"""What there is to be done, and the roles that may do it. `access` is the one module that asks this table."""

from __future__ import annotations

import enum

from engine.participants.models import Role


class Action(enum.StrEnum):
    """What somebody may or may not do."""

    START_CASE = "start_case"
    CLAIM = "claim"
    SAVE_DRAFT = "save_draft"
    COMPLETE = "complete"
    CONFIRM = "confirm"
    RELEASE = "release"
    CORRECT = "correct"
    TAKE_OUT = "take_out"
    ASK = "ask"
    ANSWER_QUESTION = "answer_question"
    STATE_DATE = "state_date"
    EXTEND = "extend"
    SEARCH = "search"
    OPEN_SEALED = "open_sealed"
    RECORD_FISCAL_CODE = "record_fiscal_code"
    OPEN_FISCAL_CODE = "open_fiscal_code"
    ERASE = "erase"
    DECIDE_ERASURE = "decide_erasure"
    PROTECT_DATA = "protect_data"
    RECORD_REQUEST = "record_request"
    SECOND_LOOK = "second_look"
    READ_WORKER_TIMES = "read_worker_times"
    ASK_REOPENING = "ask_reopening"
    REOPEN = "reopen"
    DELIVER_MESSAGE = "deliver_message"
    ACKNOWLEDGE = "acknowledge"
    CLOSE_ITEM = "close_item"
    CALL_HER = "call_her"
    TAKE_OVER = "take_over"
    REASSIGN = "reassign"
    HAND_OVER = "hand_over"
    ANSWER_HANDOVER = "answer_handover"
    REVOKE_HANDOVER = "revoke_handover"
    CANCEL_CASE = "cancel_case"
    RECORD_AGREEMENT = "record_agreement"
    REVIEW_VITAL_INTERESTS = "review_vital_interests"
    EXCLUDE = "exclude"
    ABSTAIN = "abstain"
    RETRY_INCIDENT = "retry_incident"
    BOARD = "board"
    FOLLOW = "follow"
    READ_PROTOCOLS = "read_protocols"
    READ_DIRECTORY = "read_directory"
    PLAN_ROSTER = "plan_roster"
    KEEP_ROSTERS = "keep_rosters"
    DEPLOY = "deploy"
    MIGRATE = "migrate"
    CHANGE_PARAMETERS = "change_parameters"
    CHANGE_LADDERS = "change_ladders"
    KEEP_WEBHOOKS = "keep_webhooks"
    ADMINISTER = "administer"
    READ_ACCESSES = "read_accesses"
    READ_REGISTER = "read_register"
    BREAK_GLASS = "break_glass"
    ASSESS_BREACHES = "assess_breaches"
    REVIEW_EMERGENCY = "review_emergency"
    READ_EMERGENCIES = "read_emergencies"


_WORKERS = frozenset({Role.OPERATRICE, Role.RESPONSABILE})
_EVERYBODY = frozenset(Role)

ALLOWED: dict[Action, frozenset[Role]] = {
    # Whoever begins a case has it in hand until somebody accepts it: she asks the woman, and hands it over.
    Action.START_CASE: _WORKERS,
    Action.CLAIM: _WORKERS,
    Action.SAVE_DRAFT: _WORKERS,
    Action.COMPLETE: _WORKERS,
    # What a colleague has answered, where the protocol asks for two; or send it back to her.
    Action.CONFIRM: _WORKERS,
    Action.RELEASE: _WORKERS,
    Action.CORRECT: _WORKERS,
    # One's own agency's answer that stands in the wrong woman's case: at once, by whoever notices.
    Action.TAKE_OUT: _WORKERS,
    # On a step of one's own agency, to one that takes part; and the answer of one's own, or of one without computers.
    Action.ASK: _WORKERS,
    Action.ANSWER_QUESTION: _WORKERS,
    # A date that a clock of a step of one's own agency waits for.
    Action.STATE_DATE: _WORKERS,
    # A term of a step of one's own agency: who asks, and as another person who decides (see cases.extending).
    Action.EXTEND: _WORKERS,
    Action.SEARCH: _WORKERS,
    # What is secret in an answer of one's own agency: who works with her, for a purpose.
    Action.OPEN_SEALED: _WORKERS,
    # Where the agency may keep it at all (cases.fiscal_codes): workers write it down, their lead reads it.
    Action.RECORD_FISCAL_CODE: _WORKERS,
    Action.OPEN_FISCAL_CODE: frozenset({Role.RESPONSABILE}),
    # What one's own body keeps: the agency's lead, for the network its coordination; one asks, another decides.
    Action.ERASE: frozenset({Role.RESPONSABILE, Role.COORDINAMENTO}),
    # The data-protection officer of a body asks for nothing, and may be the other one who decides.
    Action.DECIDE_ERASURE: frozenset({Role.RESPONSABILE, Role.COORDINAMENTO, Role.DPO}),
    # What waits for the data-protection officer; what people ask to know he reviews and hands over.
    Action.PROTECT_DATA: frozenset({Role.DPO}),
    # Of her own people, where the network has switched it on with its agreement on file (art. 4 L. 300/1970).
    Action.READ_WORKER_TIMES: frozenset({Role.RESPONSABILE}),
    # That somebody has asked what is kept about her: who has her before her, or the officer.
    Action.RECORD_REQUEST: _WORKERS | {Role.DPO},
    # What the officer would hand over is looked at by another person of the controller before it goes.
    Action.SECOND_LOOK: frozenset({Role.RESPONSABILE, Role.COORDINAMENTO, Role.DPO}),
    Action.ASK_REOPENING: _WORKERS,
    # A lead; where there is no other one than who completed the step, another colleague.
    Action.REOPEN: _WORKERS,
    Action.DELIVER_MESSAGE: _WORKERS | {Role.COORDINAMENTO},
    # That one has seen that a step is late: whom its ladder has told, or whose agency does it.
    Action.ACKNOWLEDGE: _WORKERS | {Role.COORDINAMENTO},
    # What a ladder has left to one's agency, or to the coordination (see cases.action_items).
    Action.CLOSE_ITEM: _WORKERS | {Role.COORDINAMENTO},
    # Her telephone, by one person at a time, on a step of one's own agency.
    Action.CALL_HER: _WORKERS,
    Action.TAKE_OVER: frozenset({Role.RESPONSABILE}),
    Action.REASSIGN: frozenset({Role.RESPONSABILE}),
    Action.EXCLUDE: _WORKERS,
    Action.ABSTAIN: _WORKERS | {Role.COORDINAMENTO},
    # Preparing, sending and asking back; accepting and declining; taking back from an agency that has accepted.
    Action.HAND_OVER: _WORKERS,
    Action.ANSWER_HANDOVER: _WORKERS,
    Action.REVOKE_HANDOVER: frozenset({Role.RESPONSABILE}),
    Action.CANCEL_CASE: frozenset({Role.RESPONSABILE, Role.COORDINAMENTO}),
    # Of an agency that takes part, and not only by a task of the network (see cases.agreements).
    Action.RECORD_AGREEMENT: _WORKERS,
    Action.REVIEW_VITAL_INTERESTS: frozenset({Role.COORDINAMENTO, Role.DPO}),
    Action.RETRY_INCIDENT: frozenset({Role.RESPONSABILE, Role.COORDINAMENTO}),
    Action.BOARD: frozenset({Role.RESPONSABILE, Role.COORDINAMENTO}),
    Action.FOLLOW: frozenset({Role.COORDINAMENTO}),
    Action.READ_PROTOCOLS: _EVERYBODY,
    Action.READ_DIRECTORY: _EVERYBODY,
    # Who is on call for a service that one's agency offers; which services have somebody on call, and all of them.
    Action.PLAN_ROSTER: frozenset({Role.RESPONSABILE, Role.COORDINAMENTO}),
    Action.KEEP_ROSTERS: frozenset({Role.COORDINAMENTO}),
    Action.DEPLOY: frozenset({Role.PROGETTISTA}),
    Action.MIGRATE: frozenset({Role.PROGETTISTA, Role.AMMINISTRATORE}),
    Action.CHANGE_PARAMETERS: frozenset({Role.PROGETTISTA}),
    # When a late step climbs, and to whom: the coordination, in the name of the body that has decided it.
    Action.CHANGE_LADDERS: frozenset({Role.COORDINAMENTO}),
    # Which programs of the network are told that something happens, and nothing of what.
    Action.KEEP_WEBHOOKS: frozenset({Role.COORDINAMENTO}),
    Action.ADMINISTER: frozenset({Role.AMMINISTRATORE}),
    # Who read a case; and the whole register, by person too. Colleagues do not see each other.
    Action.READ_ACCESSES: frozenset({Role.COORDINAMENTO, Role.DPO}),
    Action.READ_REGISTER: frozenset({Role.DPO}),
    Action.BREAK_GLASS: _WORKERS | {Role.COORDINAMENTO},
    # Whether the authority is told (art. 33 GDPR): the officer, or the coordination for the controllers.
    Action.ASSESS_BREACHES: frozenset({Role.COORDINAMENTO, Role.DPO}),
    Action.REVIEW_EMERGENCY: frozenset({Role.RESPONSABILE}),
    # One's own, those that one's agency has to judge, or all: which ones the report says.
    Action.READ_EMERGENCIES: _WORKERS | {Role.COORDINAMENTO, Role.DPO},
}
