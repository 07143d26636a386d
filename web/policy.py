"""Who is let in at which address. An address that is not in this table lets nobody in: the application does not start.

This is the first wall. It asks for a role and looks at nothing that the address names, so whoever has no role for an
act is refused alike whatever is there. What one sees and may do of a case, a step or an answer says the engine
(engine.participants.access); what a token is good for says the route of the API.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from engine.errors import Forbidden
from engine.participants import access
from engine.participants.access import Action, Actor


class Door(Enum):
    """Whom an address lets in that asks for no role."""

    EVERYBODY = "everybody"
    LOGGED_IN = "logged_in"  # not yet in a network
    MEMBERS = "members"  # of the network; they see what is theirs


Rule = Door | tuple[Action, ...]

_TABLE: tuple[tuple[Rule, str], ...] = (
    (
        Door.EVERYBODY,
        """
        static health.live metrics.show language.choose login.page login.enter hiding.hide hiding.page
        api-health.live api-health.ready api-docs.openapi_json
        answering.ask answering.answer feed.read push.worker gateway.reply gateway.digit gateway.report
        """,
    ),
    (Door.LOGGED_IN, "login.where login.choose login.leave hiding.back clock.now"),
    (
        Door.MEMBERS,
        """
        hiding.put_aside notices.page notices.read
        api-contacts.list_contacts api-contacts.put_contact api-contacts.verify_contact api-contacts.remove_contact
        contacts.page contacts.put contacts.send_code contacts.verify contacts.remove contacts.be_quiet
        feed.page feed.make feed.revoke push.page push.add push.remove
        inbox.home inbox.page inbox.counts inbox.choose inbox.keep inbox.drop cases.page case.show diagram.show
        task.show call_script.show submission.show handover.show
        api-cases.show_case api-cases.show_history api-cases.list_case_tasks api-cases.show_submission
        api-tasks.list_tasks api-tasks.show_task
        api-handovers.show_handover api-handovers.show_handover_of_task api-handovers.list_handovers
        """,
    ),
    (
        (Action.START_CASE,),
        """
        start.page start.start roster.reserve api-cases.start_case api-cases.start_instance
        api-rosters.list_reserved_codes api-rosters.reserve_codes
        """,
    ),
    (
        (Action.CLAIM,),
        """
        task.claim task.decline task.leave_note roster.sheet roster.ask_swap roster.answer_swap
        api-rosters.ask_swap api-rosters.answer_swap
        closing.page substitutes.page substitutes.appoint substitutes.end
        api-tasks.claim_task api-tasks.decline_offer
        api-substitutions.list_substitutions api-substitutions.appoint_substitute api-substitutions.end_substitution
        """,
    ),
    ((Action.SAVE_DRAFT,), "task.save_draft task.refresh api-tasks.save_draft"),
    ((Action.SAVE_DRAFT, Action.CORRECT), "api-files.hand_in_files"),
    ((Action.COMPLETE,), "task.complete api-tasks.complete_task"),
    (
        (Action.CONFIRM,),
        """
        task.confirm task.send_back task.take_back
        api-tasks.confirm_task api-tasks.send_task_back api-tasks.take_task_back
        """,
    ),
    ((Action.CLOSE_ITEM,), "items.page items.close api-items.list_items api-items.close_item"),
    (
        (Action.ACKNOWLEDGE,),
        """
        task.acknowledge api-tasks.acknowledge_task calling.answered calling.unanswered
        api-calling.show_call api-calling.call_answered api-calling.call_unanswered
        """,
    ),
    ((Action.CALL_HER,), "calling.begin calling.end api-calling.begin_her_call api-calling.end_her_call"),
    ((Action.RELEASE,), "task.release api-tasks.release_task"),
    ((Action.RELEASE, Action.REASSIGN), "task.offer api-tasks.offer_task"),
    ((Action.REASSIGN,), "reassignment.page reassignment.offer"),
    # Her lead, or who stands in for her: which of the two she is, the engine knows.
    ((Action.CLAIM, Action.TAKE_OVER), "task.take_over api-tasks.take_task_over"),
    ((Action.ASK_REOPENING,), "way_back.show way_back.ask api-tasks.ask_reopening"),
    ((Action.REOPEN,), "way_back.reopen api-tasks.reopen_task"),
    (
        (Action.CORRECT,),
        """
        submission.correction submission.open_correction submission.refresh submission.correct
        api-tasks.correct_answer api-cases.correct_submission
        """,
    ),
    (
        (Action.OPEN_SEALED,),
        """
        submission.open_kinds submission.file api-cases.open_submission api-files.open_file
        """,
    ),
    ((Action.RECORD_FISCAL_CODE,), "fiscal_code.show fiscal_code.record fiscal_code.take_away"),
    ((Action.OPEN_FISCAL_CODE,), "fiscal_code.open_code"),
    (
        (Action.READ_DIRECTORY,),
        """
        phone_book.page phone_book.find roster.page roster.show api-agencies.list_agencies
        api-rosters.list_rosters api-rosters.show_roster
        """,
    ),
    (
        (Action.PLAN_ROSTER,),
        """
        reaching.page reaching.test roster.change roster.add roster.take_in roster.replace roster.publish
        roster.withdraw api-rosters.change_roster api-rosters.write_shift api-rosters.replace_on_call
        api-rosters.publish_shifts api-rosters.withdraw_shift
        api-rosters.show_on_call_test api-rosters.send_on_call_test
        """,
    ),
    ((Action.KEEP_ROSTERS,), "roster.set_up api-rosters.set_up_roster"),
    ((Action.SEARCH,), "search.page search.find"),
    ((Action.ERASE,), "erasure.ask erasure.hold"),
    ((Action.DECIDE_ERASURE,), "erasure.due erasure.show erasure.decide"),
    (
        (Action.PROTECT_DATA,),
        """
        officer.page data_requests.review data_requests.extend data_requests.refuse data_requests.make
        data_requests.deliver
        api-data-requests.review_data_request api-data-requests.extend_data_request
        api-data-requests.refuse_data_request api-data-requests.make_data_package
        api-data-requests.deliver_data_package
        """,
    ),
    ((Action.RECORD_REQUEST,), "data_requests.new data_requests.record api-data-requests.record_data_request"),
    (
        (Action.SECOND_LOOK,),
        """
        data_requests.page data_requests.show data_requests.contents data_requests.file data_requests.decide
        api-data-requests.list_data_requests api-data-requests.show_data_request
        api-data-requests.open_data_request api-data-requests.open_data_request_file
        api-data-requests.decide_data_request
        """,
    ),
    ((Action.CANCEL_CASE,), "case.cancel api-cases.cancel_case"),
    ((Action.DELIVER_MESSAGE,), "api-messages.deliver_message"),
    (
        (Action.HAND_OVER,),
        """
        handover.send handover.ask_back referrals.prepare referrals.send referrals.ask_back referrals.settle
        api-referrals.list_referrals api-referrals.prepare_referral api-referrals.send_referral
        api-referrals.ask_referral_back api-referrals.settle_referral
        api-handovers.prepare_handover api-handovers.send_handover api-handovers.ask_handover_back
        """,
    ),
    (
        (Action.ANSWER_HANDOVER,),
        """
        handover.accept handover.decline
        api-handovers.list_offers api-handovers.accept_handover api-handovers.decline_handover
        referrals.page referrals.show referrals.accept referrals.decline
        api-referrals.list_received_referrals api-referrals.show_received_referral
        api-referrals.accept_referral api-referrals.decline_referral
        """,
    ),
    ((Action.REVOKE_HANDOVER,), "handover.revoke api-handovers.revoke_handover"),
    (
        (Action.RECORD_AGREEMENT,),
        """
        agreements.show agreements.read_aloud agreements.record agreements.withdraw agreements.vital_interest
        agreements.pause agreements.end agreements.resume links.show links.link links.unlink
        api-links.show_links api-links.link_cases api-links.unlink_cases
        api-agreements.show_agreements api-agreements.record_agreement api-agreements.withdraw_agreement
        api-agreements.invoke_vital_interest api-agreements.pause_path api-agreements.end_path
        api-agreements.resume_path
        """,
    ),
    ((Action.STATE_DATE,), "terms.show terms.state_dates api-terms.show_terms api-terms.state_dates"),
    (
        (Action.EXTEND,),
        """
        terms.ask_extension terms.decide_extension api-terms.ask_extension api-terms.decide_extension
        terms.pause_clock terms.resume_clock api-terms.pause_clock api-terms.resume_clock
        """,
    ),
    ((Action.ASK,), "questions.ask questions.on_step api-questions.ask_question"),
    (
        (Action.ANSWER_QUESTION,),
        "questions.page questions.answer api-questions.list_questions api-questions.answer_question",
    ),
    ((Action.TAKE_OUT,), "wrong_case.show wrong_case.take_out api-breaches.take_out_submission"),
    (
        (Action.ASSESS_BREACHES,),
        "breaches.page breaches.assess api-breaches.list_breaches api-breaches.assess_breach",
    ),
    (
        (Action.REVIEW_VITAL_INTERESTS,),
        """
        vital_interests.page vital_interests.review
        api-vital-interests.list_vital_interests api-vital-interests.review_vital_interest
        """,
    ),
    (
        (Action.EXCLUDE,),
        """
        exclusions.show exclusions.put exclusions.lift exclusions.choose_alternate exclusions.entrust
        api-exclusions.list_exclusions api-exclusions.exclude api-exclusions.lift_exclusion
        api-exclusions.choose_alternate api-exclusions.entrust_lane
        """,
    ),
    ((Action.ABSTAIN,), "case.abstain api-exclusions.abstain"),
    ((Action.BREAK_GLASS,), "emergency.open_case"),
    ((Action.READ_EMERGENCIES,), "emergency.page"),
    ((Action.REVIEW_EMERGENCY,), "emergency.review"),
    ((Action.BOARD,), "board.page late_step.show api-board.show_overdue api-board.show_late_step"),
    ((Action.READ_WORKER_TIMES,), "worker_times.page"),
    ((Action.RETRY_INCIDENT,), "board.retry"),
    ((Action.CHANGE_LADDERS,), "ladders.change api-ladders.change_ladder"),
    (
        (Action.KEEP_WEBHOOKS,),
        """
        webhooks.page webhooks.create webhooks.rotate webhooks.switch webhooks.test
        api-webhooks.list_webhooks api-webhooks.create_webhook api-webhooks.rotate_webhook
        api-webhooks.switch_webhook api-webhooks.test_webhook
        """,
    ),
    ((Action.FOLLOW,), "late_step.follow late_step.note api-board.follow_late_step api-board.note_late_step"),
    ((Action.READ_ACCESSES,), "register.page register.export"),
    (
        (Action.READ_PROTOCOLS,),
        """
        protocols.page ladders.page api-ladders.list_ladders
        api-definitions.list_definitions api-definitions.show_definition
        """,
    ),
    (
        (Action.DEPLOY,),
        """
        protocols.version protocols.drawing protocols.upload
        api-definitions.check_deployment api-definitions.deploy
        """,
    ),
    ((Action.MIGRATE,), "migration.show migration.apply api-migrations.plan_migration api-migrations.apply_migration"),
    (
        (Action.ADMINISTER, Action.CHANGE_PARAMETERS),
        "recounts.page recounts.order api-ladders.list_recounts api-ladders.order_recount",
    ),
    (
        (Action.ADMINISTER,),
        """
        administration.page administration.agency administration.create_agency administration.change_agency
        administration.create_person administration.person administration.give_role administration.take_role
        administration.reopen administration.disable administration.reset_password administration.put_contact
        fiscal_code.use fiscal_code.switch
        imports.page imports.rehearse imports.carry_out consent_texts.page consent_texts.approve
        timetables.page timetables.change timetables.add_day timetables.remove_day timetables.place
        timetables.create_area receptions.page receptions.change timing.page timing.switch_on timing.switch_off
        """,
    ),
)

RULES: dict[str, Rule] = {endpoint: rule for rule, endpoints in _TABLE for endpoint in endpoints.split()}


def require_complete(endpoints: Iterable[str]) -> None:
    """Raise RuntimeError unless the table has all addresses of the application, and no other."""
    unlike = set(endpoints) ^ set(RULES)
    if unlike:
        message = f"web/policy.py and the addresses are not the same: {', '.join(sorted(unlike))}"
        raise RuntimeError(message)


def lets_in(endpoint: str, door: Door) -> bool:
    """Tell whether an address has this door."""
    return RULES[endpoint] is door


def require(endpoint: str, actor: Actor) -> None:
    """Raise Forbidden unless somebody of the network has a role for what the address does."""
    rule = RULES[endpoint]
    if not isinstance(rule, Door) and not any(access.may(actor, action) for action in rule):
        raise Forbidden(action=rule[0])
