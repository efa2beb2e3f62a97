-- readable_from: 1
-- What "once" needs: see docs/decisions/0004-once-tables.md for which promise each table carries.
-- Ids are unsigned 64-bit numbers kept as signed ones with the same bits. Times are milliseconds since 1970, UTC; 0 is
-- no time, but in shard, where NULL is. AUTOINCREMENT where an id is part of an event's key and must never come again.

-- session counts the sessions begun, so that an inbox row can say in few bytes which one it came with.
CREATE TABLE shard (
    shard             INTEGER PRIMARY KEY,
    session           INTEGER NOT NULL DEFAULT 0,
    done_until_ms     INTEGER,
    catch_up_since_ms INTEGER
) STRICT;

CREATE TABLE alive (
    only  INTEGER PRIMARY KEY CHECK (only = 1),
    at_ms INTEGER NOT NULL
) STRICT;

-- In the order of ids, which is that of settling: pruned from its beginning. session and sequence are NULL for what no
-- session can replay.
CREATE TABLE inbox (
    id         INTEGER PRIMARY KEY,
    key        TEXT    NOT NULL UNIQUE,
    outcome    INTEGER NOT NULL,
    settled_ms INTEGER NOT NULL,
    shard      INTEGER NOT NULL,
    session    INTEGER,
    sequence   INTEGER,
    sent_ms    INTEGER NOT NULL
) STRICT;

CREATE TABLE accepted (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    key         TEXT    NOT NULL UNIQUE,
    kind        TEXT    NOT NULL,
    payload     BLOB    NOT NULL,
    lane        TEXT    NOT NULL,
    shard       INTEGER NOT NULL,
    session_id  TEXT    NOT NULL,
    sequence    INTEGER NOT NULL,
    sent_ms     INTEGER NOT NULL,
    accepted_ms INTEGER NOT NULL
) STRICT;

-- Apart from accepted: a refusal was never accepted, and an answer still needs the token when its event is over.
CREATE TABLE interaction (
    key            TEXT PRIMARY KEY,
    interaction    INTEGER NOT NULL,
    application    INTEGER NOT NULL,
    token          TEXT    NOT NULL,
    first_response TEXT    NOT NULL,
    response       INTEGER NOT NULL,
    received_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX interaction_received ON interaction (received_ms);

CREATE TABLE outbox (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    event          TEXT    NOT NULL,
    number         INTEGER NOT NULL,
    state          INTEGER NOT NULL DEFAULT 0,
    kind           TEXT    NOT NULL,
    order_key      TEXT    NOT NULL,
    after          INTEGER NOT NULL,
    survives       INTEGER NOT NULL,
    answer         INTEGER NOT NULL,
    wants_result   INTEGER NOT NULL,
    lane           TEXT    NOT NULL,
    nonce          TEXT    NOT NULL,
    payload        BLOB    NOT NULL,
    added_ms       INTEGER NOT NULL,
    not_after_ms   INTEGER NOT NULL,
    tries          INTEGER NOT NULL DEFAULT 0,
    first_tried_ms INTEGER NOT NULL DEFAULT 0,
    last_tried_ms  INTEGER NOT NULL DEFAULT 0,
    finished_ms    INTEGER NOT NULL DEFAULT 0,
    made           INTEGER NOT NULL DEFAULT 0,
    result         BLOB    NOT NULL DEFAULT x'',
    UNIQUE (event, number)
) STRICT;
CREATE INDEX outbox_pending ON outbox (order_key, id) WHERE state = 0;
CREATE INDEX outbox_made ON outbox (made) WHERE made <> 0;

-- Empty whenever the shard's catch_up_since_ms is NULL.
CREATE TABLE catch_up (
    shard    INTEGER NOT NULL,
    channel  INTEGER NOT NULL,
    guild    INTEGER NOT NULL,
    PRIMARY KEY (shard, channel)
) STRICT, WITHOUT ROWID;

CREATE TABLE dm_channel (
    channel      INTEGER PRIMARY KEY,
    user         INTEGER NOT NULL,
    last_used_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX dm_channel_used ON dm_channel (last_used_ms);

CREATE TABLE timer (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    kind    TEXT    NOT NULL,
    due_ms  INTEGER NOT NULL,
    late_ms INTEGER NOT NULL,
    lane    TEXT    NOT NULL,
    payload BLOB    NOT NULL
) STRICT;
CREATE INDEX timer_due ON timer (due_ms, id);

CREATE TABLE dialog (
    id             INTEGER PRIMARY KEY AUTOINCREMENT,
    user           INTEGER NOT NULL,
    channel        INTEGER NOT NULL,
    guild          INTEGER NOT NULL,
    kind           TEXT    NOT NULL,
    step           INTEGER NOT NULL,
    state          BLOB    NOT NULL,
    prompted_ms    INTEGER NOT NULL,
    message        INTEGER NOT NULL,
    answer_in_ms   INTEGER NOT NULL,
    answer_by_ms   INTEGER NOT NULL,
    end_by_ms      INTEGER NOT NULL,
    token          TEXT    NOT NULL,
    token_until_ms INTEGER NOT NULL,
    UNIQUE (user, channel)
) STRICT;

CREATE TABLE guild (
    id       INTEGER PRIMARY KEY,
    owner    INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    left_ms  INTEGER NOT NULL,
    as_of_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE role (
    id          INTEGER PRIMARY KEY,
    guild       INTEGER NOT NULL,
    name        TEXT    NOT NULL,
    permissions INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    managed     INTEGER NOT NULL,
    as_of_ms    INTEGER NOT NULL
) STRICT;
CREATE INDEX role_guild ON role (guild);

CREATE TABLE channel (
    id         INTEGER PRIMARY KEY,
    guild      INTEGER NOT NULL,
    parent     INTEGER NOT NULL,
    kind       INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    position   INTEGER NOT NULL,
    overwrites TEXT    NOT NULL,
    as_of_ms   INTEGER NOT NULL
) STRICT;
CREATE INDEX channel_guild ON channel (guild);

CREATE TABLE member (
    guild      INTEGER NOT NULL,
    user       INTEGER NOT NULL,
    name       TEXT    NOT NULL,
    display    TEXT    NOT NULL,
    nick       TEXT    NOT NULL,
    bot        INTEGER NOT NULL,
    roles      TEXT    NOT NULL,
    timeout_ms INTEGER NOT NULL,
    joined_ms  INTEGER NOT NULL,
    left_ms    INTEGER NOT NULL,
    as_of_ms   INTEGER NOT NULL,
    PRIMARY KEY (guild, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_user ON member (user);

CREATE TABLE cooldown (
    guild    INTEGER NOT NULL,
    user     INTEGER NOT NULL,
    command  TEXT    NOT NULL,
    until_ms INTEGER NOT NULL,
    PRIMARY KEY (guild, user, command)
) STRICT, WITHOUT ROWID;
CREATE INDEX cooldown_until ON cooldown (until_ms);

-- hour counts hours since 1970.
CREATE TABLE activity (
    guild INTEGER NOT NULL,
    user  INTEGER NOT NULL,
    what  TEXT    NOT NULL,
    hour  INTEGER NOT NULL,
    n     INTEGER NOT NULL,
    PRIMARY KEY (guild, user, what, hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX activity_hour ON activity (hour);

CREATE TABLE pat (
    guild     INTEGER NOT NULL,
    from_user INTEGER NOT NULL,
    to_user   INTEGER NOT NULL,
    n         INTEGER NOT NULL,
    PRIMARY KEY (guild, from_user, to_user)
) STRICT, WITHOUT ROWID;
