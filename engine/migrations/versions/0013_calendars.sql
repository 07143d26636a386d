CREATE TABLE area (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    name TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_area PRIMARY KEY (id),
    CONSTRAINT uq_area_network_id_name UNIQUE (network_id, name),
    CONSTRAINT fk_area_network_id FOREIGN KEY (network_id) REFERENCES network (id)
);

ALTER TABLE network_agency ADD COLUMN area_id UUID CONSTRAINT fk_network_agency_area_id REFERENCES area (id);

CREATE TABLE timetable (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    agency_id UUID,
    area_id UUID,
    week TEXT[] COLLATE "C",
    open_on_holidays BOOLEAN NOT NULL,
    out_of_hours TEXT,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_timetable PRIMARY KEY (id),
    CONSTRAINT uq_timetable_network_id_agency_id_area_id UNIQUE NULLS NOT DISTINCT (network_id, agency_id, area_id),
    CONSTRAINT fk_timetable_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_timetable_agency_id FOREIGN KEY (agency_id) REFERENCES agency (id),
    CONSTRAINT fk_timetable_area_id FOREIGN KEY (area_id) REFERENCES area (id),
    CONSTRAINT ck_timetable_one_owner CHECK (agency_id IS NULL OR area_id IS NULL),
    CONSTRAINT ck_timetable_seven_days CHECK (week IS NULL OR cardinality(week) = 7)
);

CREATE TABLE timetable_day (
    id UUID NOT NULL,
    network_id UUID NOT NULL,
    timetable_id UUID NOT NULL,
    day DATE NOT NULL,
    every_year BOOLEAN NOT NULL,
    hours TEXT COLLATE "C" NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT pk_timetable_day PRIMARY KEY (id),
    CONSTRAINT uq_timetable_day_timetable_id_day UNIQUE (timetable_id, day),
    CONSTRAINT fk_timetable_day_network_id FOREIGN KEY (network_id) REFERENCES network (id),
    CONSTRAINT fk_timetable_day_timetable_id FOREIGN KEY (timetable_id) REFERENCES timetable (id)
);

ALTER TABLE parameter DROP CONSTRAINT ck_parameter_parameterclock,
    ADD CONSTRAINT ck_parameter_clock CHECK (clock IN ('H', 'GC', 'GCL', 'GL'));

ALTER TABLE deadline ADD COLUMN length TEXT COLLATE "C",
    ADD COLUMN counts VARCHAR(40) NOT NULL DEFAULT 'H'
        CONSTRAINT ck_deadline_clock CHECK (counts IN ('H', 'GC', 'GCL', 'GL'));

UPDATE deadline SET length = 'PT' || round(extract(epoch FROM due_at - starts_at))::BIGINT || 'S';

ALTER TABLE deadline ALTER COLUMN length SET NOT NULL, ALTER COLUMN counts DROP DEFAULT;
