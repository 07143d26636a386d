"""Every table of the application, known to one metadata: for migrations, and for whoever needs all foreign keys."""

from __future__ import annotations

from engine import blind, crypto, parameters
from engine.audit import models as audit
from engine.calendars import models as calendars
from engine.cases import action_item_models as items
from engine.cases import breach_models as breaches
from engine.cases import decisions, filters
from engine.cases import erasure_models as erasure
from engine.cases import feed_models as feeds
from engine.cases import file_models as files
from engine.cases import fiscal_code_models as fiscal_codes
from engine.cases import handover_models as handovers
from engine.cases import helper_models as helpers
from engine.cases import her_call_models as her_calls
from engine.cases import link_models as links
from engine.cases import models as cases
from engine.cases import question_models as questions
from engine.cases import referral_models as referrals
from engine.cases import request_models as requests
from engine.cases import reserved_models as reserved
from engine.consent import models as consent
from engine.db import Base
from engine.deadlines import models as deadlines
from engine.deadlines import recount_models as recounts
from engine.definitions import models as definitions
from engine.notifications import models as notifications
from engine.notifications import outbox_models as outbox
from engine.notifications import push_models as push
from engine.notifications import webhook_models as webhooks
from engine.oversight import timing_models as timing
from engine.oversight import watch_models as watch
from engine.participants import models as participants
from engine.participants import token_models as tokens
from engine.roster import models as roster

MODULES = (
    *(participants, tokens, calendars, audit, blind, crypto, definitions, parameters),
    *(cases, breaches, decisions, erasure, feeds, files, filters, fiscal_codes, handovers, helpers, items, links),
    *(her_calls, questions, referrals, requests, reserved),
    *(consent, deadlines, recounts, notifications, outbox, push, webhooks, roster, timing, watch),
)

metadata = Base.metadata
