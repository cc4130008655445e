-- A store of schema 1 with one held message, as the program of that time wrote it; see test_migration.py
BEGIN TRANSACTION;
CREATE TABLE afterwards (
	number INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "afterwards" VALUES(1,'m_01KC0000000000000000000001',1795458066549679,'outcome','held');
CREATE TABLE changes (
	number INTEGER NOT NULL, 
	id TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	"by" TEXT NOT NULL, 
	start TEXT NOT NULL, 
	"end" TEXT NOT NULL, 
	note TEXT NOT NULL, 
	PRIMARY KEY (number)
);
INSERT INTO "changes" VALUES(1,'m_01KC0000000000000000000001',1793534400000000,'','','held','');
CREATE TABLE contents (
	id TEXT NOT NULL, 
	content BLOB NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "contents" VALUES('m_01KC0000000000000000000001',X'546F3D253242313535353031303026426F64793D506179');
CREATE TABLE decisions (
	id TEXT NOT NULL, 
	at BIGINT NOT NULL, 
	channel TEXT NOT NULL, 
	client TEXT NOT NULL, 
	sender TEXT NOT NULL, 
	recipients TEXT NOT NULL, 
	disposition TEXT NOT NULL, 
	template TEXT, 
	revision TEXT NOT NULL, 
	codes TEXT NOT NULL, 
	verdict TEXT NOT NULL, 
	exact TEXT, 
	size_bytes BIGINT NOT NULL, 
	envelope_digest TEXT NOT NULL, 
	milliseconds FLOAT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "decisions" VALUES('m_01KC0000000000000000000001',1793534400000000,'sms','shop','CLINIC','["+155***0100"]','quarantine',NULL,'0123456789ab',' template.none ','{"disposition":"quarantine","template":null,"revision":"0123456789ab","findings":[{"check":"templates","code":"template.none","detail":"no approved template fits","where":""}],"cleared":[],"shadow":[],"nearest":null}',NULL,23,'abababababababababababababababababababababababababababababababab',3.25);
CREATE TABLE facts (
	name TEXT NOT NULL, 
	value BIGINT, 
	PRIMARY KEY (name)
);
INSERT INTO "facts" VALUES('schema',1);
INSERT INTO "facts" VALUES('deletable_before',0);
CREATE TABLE held (
	id TEXT NOT NULL, 
	channel TEXT NOT NULL, 
	state TEXT NOT NULL, 
	held_at BIGINT NOT NULL, 
	expires_at BIGINT NOT NULL, 
	changed_at BIGINT NOT NULL, 
	changed_by TEXT NOT NULL, 
	note TEXT NOT NULL, 
	answer TEXT NOT NULL, 
	sender TEXT NOT NULL, 
	recipients TEXT NOT NULL, 
	releaser TEXT NOT NULL, 
	codes TEXT NOT NULL, 
	title TEXT NOT NULL, 
	size_bytes BIGINT NOT NULL, 
	content_deleted INTEGER NOT NULL, 
	transaction_json TEXT NOT NULL, 
	verdict TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "held" VALUES('m_01KC0000000000000000000001','sms','held',1793534400000000,1796126400000000,1793534400000000,'','','','CLINIC','["+15550100"]','',' template.none ','Pay',23,0,'{"received_at":1793534400000000,"sender":"CLINIC","recipients":["+15550100"],"mail_argument":"","rcpt_arguments":[],"client":["shop","","",""],"text":{"sender":"CLINIC","recipient":"+15550100","body":"Pay","media":[],"troubles":[]},"provider":"twilio","route":"/x"}','{"disposition":"quarantine","template":null,"revision":"0123456789ab","findings":[{"check":"templates","code":"template.none","detail":"no approved template fits","where":""}],"cleared":[],"shadow":[],"nearest":null}');
CREATE INDEX decisions_at ON decisions (at);
CREATE INDEX afterwards_id ON afterwards (id);
CREATE INDEX held_content ON held (content_deleted, changed_at);
CREATE INDEX held_state_expires ON held (state, expires_at);
CREATE INDEX changes_id ON changes (id);
CREATE TRIGGER decisions_never_changes BEFORE UPDATE ON decisions BEGIN SELECT RAISE(ABORT, 'decisions is append-only'); END;
CREATE TRIGGER decisions_stays BEFORE DELETE ON decisions WHEN OLD.at >= (SELECT value FROM facts WHERE name = 'deletable_before') BEGIN SELECT RAISE(ABORT, 'decisions is append-only'); END;
CREATE TRIGGER afterwards_never_changes BEFORE UPDATE ON afterwards BEGIN SELECT RAISE(ABORT, 'afterwards is append-only'); END;
CREATE TRIGGER afterwards_stays BEFORE DELETE ON afterwards WHEN OLD.at >= (SELECT value FROM facts WHERE name = 'deletable_before') BEGIN SELECT RAISE(ABORT, 'afterwards is append-only'); END;
CREATE TRIGGER changes_never_changes BEFORE UPDATE ON changes BEGIN SELECT RAISE(ABORT, 'changes is append-only'); END;
CREATE TRIGGER changes_stays BEFORE DELETE ON changes WHEN OLD.at >= (SELECT value FROM facts WHERE name = 'deletable_before') BEGIN SELECT RAISE(ABORT, 'changes is append-only'); END;
COMMIT;
