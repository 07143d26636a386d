CREATE INDEX ix_exclusion_user_id ON exclusion (user_id) WHERE until IS NULL
;
CREATE INDEX ix_exclusion_agency_id ON exclusion (agency_id) WHERE until IS NULL
;
CREATE INDEX ix_user_task_in_hand ON user_task (agency_id) WHERE state = 'open' AND handover IN ('prepare', 'sent')
;
CREATE INDEX ix_handover_offered ON handover (task_id) WHERE state = 'prepare' AND offered_to <> '{}'
;
CREATE FUNCTION sight_kept_out() RETURNS uuid[] LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER COST 1 AS $$
BEGIN
    RETURN ARRAY(
        SELECT case_id FROM public.exclusion WHERE until IS NULL
        AND (
            user_id = nullif(current_setting('staffetta.person', true), '')::uuid
            OR agency_id = ANY (nullif(current_setting('staffetta.member_of', true), '')::uuid[])
        )
    );
END $$
;
CREATE FUNCTION sight_opened() RETURNS uuid[] LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER COST 1 AS $$
BEGIN
    RETURN ARRAY(
        SELECT case_id FROM public.emergency_access
        WHERE user_id = nullif(current_setting('staffetta.person', true), '')::uuid
        AND until > nullif(current_setting('staffetta.now', true), '')::timestamptz
    );
END $$
;
CREATE FUNCTION sight_in_hand(wanted text) RETURNS uuid[] LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER COST 1 AS $$
BEGIN
    RETURN ARRAY(
        SELECT CASE wanted WHEN 'case' THEN case_id ELSE id END FROM public.user_task
        WHERE state = 'open' AND handover IN ('prepare', 'sent')
        AND (
            agency_id = ANY (nullif(current_setting('staffetta.agencies', true), '')::uuid[])
            OR proxy_id = ANY (nullif(current_setting('staffetta.agencies', true), '')::uuid[])
        )
        UNION ALL
        SELECT CASE wanted WHEN 'case' THEN case_id ELSE task_id END FROM public.handover
        WHERE state = 'prepare' AND offered_to <> '{}'
        AND offered_to && nullif(current_setting('staffetta.agencies', true), '')::uuid[]
    );
END $$
;
CREATE FUNCTION sight_of(given uuid) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER COST 1 AS $$
BEGIN
    IF coalesce(current_setting('staffetta.reach', true), '') NOT IN ('own', 'network') THEN
        RETURN false;
    END IF;
    RETURN (
        EXISTS (
            SELECT FROM public.case_participation WHERE case_id = given
            AND agency_id = ANY (nullif(current_setting('staffetta.agencies', true), '')::uuid[])
            AND network_id = nullif(current_setting('staffetta.network', true), '')::uuid
            AND since <= nullif(current_setting('staffetta.now', true), '')::timestamptz
            AND (until IS NULL OR until > nullif(current_setting('staffetta.now', true), '')::timestamptz)
        )
        OR current_setting('staffetta.reach', true) = 'network' AND EXISTS (
            SELECT FROM public.case_file
            WHERE id = given AND network_id = nullif(current_setting('staffetta.network', true), '')::uuid
        )
        OR given = ANY (public.sight_opened())
    ) AND NOT given = ANY (public.sight_kept_out());
END $$
;
CREATE FUNCTION case_code_taken(given_network uuid, given_code text) RETURNS boolean LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
BEGIN
    RETURN EXISTS (SELECT FROM public.case_file WHERE network_id = given_network AND code = given_code COLLATE "C");
END $$
;
CREATE FUNCTION oldest_undone(instant timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER AS $$
BEGIN
    RETURN least(
        (
            SELECT min(timer.due_at) FROM public.timer JOIN public.case_file ON case_file.id = timer.case_id
            WHERE case_file.retry_at IS NULL
        ),
        (
            SELECT min(rung.due_at) FROM public.rung JOIN public.case_file ON case_file.id = rung.case_id
            WHERE rung.state = 'waiting' AND case_file.retry_at IS NULL
        ),
        (
            SELECT min(least(held_until, basis_until)) FROM public.case_file
            WHERE next_due_at <= instant AND retry_at IS NULL
        )
    );
END $$
;
CREATE VIEW sight_part AS
SELECT case_id FROM case_participation
WHERE agency_id = ANY ((SELECT nullif(current_setting('staffetta.agencies', true), '')::uuid[])::uuid[])
    AND network_id = (SELECT nullif(current_setting('staffetta.network', true), '')::uuid)
    AND since <= (SELECT nullif(current_setting('staffetta.now', true), '')::timestamptz)
    AND (until IS NULL OR until > (SELECT nullif(current_setting('staffetta.now', true), '')::timestamptz))
