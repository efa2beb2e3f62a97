-- readable_from: 1
-- What the pair needs: who owns the shards, where their sessions stand, whose data this is, what identifies cost.
-- Ids are unsigned 64-bit numbers kept as signed ones with the same bits. Times are nanoseconds since 1970, UTC.

CREATE TABLE epoch (
    shard      INTEGER PRIMARY KEY,
    lease      INTEGER NOT NULL,
    activation INTEGER NOT NULL
) STRICT;

CREATE TABLE cursor (
    shard          INTEGER PRIMARY KEY,
    session_id     TEXT    NOT NULL,
    resume_url     TEXT    NOT NULL,
    sequence       INTEGER NOT NULL,
    went_invisible INTEGER NOT NULL DEFAULT 0
) STRICT;

-- One row. application is NULL until one claimed the database.
CREATE TABLE installation (
    only        INTEGER PRIMARY KEY CHECK (only = 1),
    application INTEGER,
    ever_ready  INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO installation (only) VALUES (1);

-- One row: the time until the hand is full again, as of a moment. See storage.Ledger.
CREATE TABLE identify_hand (
    only     INTEGER PRIMARY KEY CHECK (only = 1),
    debt_ns  INTEGER NOT NULL,
    as_of_ns INTEGER NOT NULL
) STRICT;

CREATE TABLE identify_bucket (
    bucket  INTEGER PRIMARY KEY,
    last_ns INTEGER NOT NULL
) STRICT;
