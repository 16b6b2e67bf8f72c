BEGIN TRANSACTION;
CREATE TABLE ddmkit_claims (
	service VARCHAR(200) NOT NULL, 
	project_id VARCHAR(200) NOT NULL, 
	target_id VARCHAR(200) NOT NULL, 
	run_id VARCHAR(200) NOT NULL, 
	operator TEXT NOT NULL, 
	host TEXT NOT NULL, 
	pid BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (service, project_id, target_id), 
	UNIQUE (run_id), 
	FOREIGN KEY(run_id) REFERENCES ddmkit_runs (id)
);
CREATE TABLE ddmkit_events (
	run_id VARCHAR(200) NOT NULL, 
	seq BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	data TEXT NOT NULL, 
	prev_sha256 VARCHAR(64) NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	PRIMARY KEY (run_id, seq), 
	FOREIGN KEY(run_id) REFERENCES ddmkit_runs (id)
);
INSERT INTO "ddmkit_events" VALUES('r-20250520-101232-ab12cd',1,1747735952000,'opened','{"host":"desk-1","operator":"ada","pid":4711}','dfb54ca40b66efc06a624c55f85e6f5d778475b0706d29e38ab585969799593a','6f17c1f1cf47ea55e822311c1538699de3ae6641ad28a24762ca3d7a7d82db0e');
INSERT INTO "ddmkit_events" VALUES('r-20250520-101232-ab12cd',2,1747735952000,'intent','{"body":{}}','6f17c1f1cf47ea55e822311c1538699de3ae6641ad28a24762ca3d7a7d82db0e','5463eb1f75c4d4e9e0955c1642e73807543f7b606cc42912e1269da090378c62');
INSERT INTO "ddmkit_events" VALUES('r-20250520-101232-ab12cd',3,1747735952000,'answered','{"job_id":"job-1","status":202}','5463eb1f75c4d4e9e0955c1642e73807543f7b606cc42912e1269da090378c62','76acd319b12419798606759a66f59572633229850aabfdd52cc6561e02fa51dc');
INSERT INTO "ddmkit_events" VALUES('r-20250520-101232-ab12cd',4,1747735952000,'completed','{"job_id":"job-1"}','76acd319b12419798606759a66f59572633229850aabfdd52cc6561e02fa51dc','007e659945fd274ac65a5cc368a029979c1138f0624cedfd48d827921bbe9ad9');
INSERT INTO "ddmkit_events" VALUES('r-20250520-111232-ab12ce',1,1747739552000,'opened','{"host":"desk-1","operator":"ada","pid":4711}','5b6b5f9e7c09287876c759e9380020aa783ef586d02510645adb85ffcc9e68e5','1e536de1027354f1766c98c1182fa0b4f1ce8765b5bb63d4176a82c54249b461');
INSERT INTO "ddmkit_events" VALUES('r-20250520-111232-ab12ce',2,1747739552000,'intent','{"body":{}}','1e536de1027354f1766c98c1182fa0b4f1ce8765b5bb63d4176a82c54249b461','01c646f16affbad6a8f26799662d0130fd096ddfc3b9f03a9dcb602bf5eff3fa');
INSERT INTO "ddmkit_events" VALUES('r-20250520-111232-ab12ce',3,1747739552000,'freed','{"status":409}','01c646f16affbad6a8f26799662d0130fd096ddfc3b9f03a9dcb602bf5eff3fa','8deba8a958d11660caf025aa88eaea0637991ba3bb6a058a52d1f7715048f312');
INSERT INTO "ddmkit_events" VALUES('r-20250520-121232-ab12cf',1,1747743152000,'opened','{"host":"desk-2","operator":"eve","pid":4712}','c42628129e0440fadb4a9bb2d28782db5154a2a3c211f05d5ff0d6f22faa75fd','a229642cc88d5dc79dd661da6bb2dd8c1932f7260c2f49520b969df1d200edeb');
INSERT INTO "ddmkit_events" VALUES('r-20250520-121232-ab12cf',2,1747743152000,'intent','{"body":{}}','a229642cc88d5dc79dd661da6bb2dd8c1932f7260c2f49520b969df1d200edeb','3fed143125415dee9782306dd2e86e837dfbae0186748cff866f7fa1ff16e372');
INSERT INTO "ddmkit_events" VALUES('r-20250520-121232-ab12cf',3,1747743152000,'answered','{"job_id":"job-3","status":202}','3fed143125415dee9782306dd2e86e837dfbae0186748cff866f7fa1ff16e372','97be05711aae05a39c33902c8f4332c2283bf9f221ed6092070715a53c769429');
CREATE TABLE ddmkit_imports (
	run_id VARCHAR(200) NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (run_id), 
	FOREIGN KEY(run_id) REFERENCES ddmkit_runs (id)
);
INSERT INTO "ddmkit_imports" VALUES('r-20250520-121232-ab12cf',1747746752000);
CREATE TABLE ddmkit_meta (
	name VARCHAR(200) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "ddmkit_meta" VALUES('schema_version','3');
CREATE TABLE ddmkit_runs (
	number INTEGER NOT NULL, 
	id VARCHAR(200) NOT NULL, 
	service VARCHAR(200) NOT NULL, 
	created BIGINT NOT NULL, 
	plan_id VARCHAR(200) NOT NULL, 
	digest VARCHAR(200) NOT NULL, 
	project_id VARCHAR(200) NOT NULL, 
	source_id VARCHAR(200) NOT NULL, 
	target_id VARCHAR(200) NOT NULL, 
	source_name TEXT NOT NULL, 
	target_name TEXT NOT NULL, 
	operator TEXT NOT NULL, 
	host TEXT NOT NULL, 
	pid BIGINT NOT NULL, 
	purpose TEXT NOT NULL, 
	ticket TEXT NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (id), 
	UNIQUE (plan_id)
);
INSERT INTO "ddmkit_runs" VALUES(1,'r-20250520-101232-ab12cd','ddm.example.com',1747735952000,'plan-1','d1','project-1','source-1','target-1','shop','shop-restored','ada','desk-1',4711,'','');
INSERT INTO "ddmkit_runs" VALUES(2,'r-20250520-111232-ab12ce','ddm.example.com',1747739552000,'plan-2','d2','project-1','source-1','target-2','shop','shop-again','ada','desk-1',4711,'p','OPS-8');
INSERT INTO "ddmkit_runs" VALUES(3,'r-20250520-121232-ab12cf','ddm.example.com',1747743152000,'plan-3','d3','project-1','source-1','target-3','shop','shop-elsewhere','eve','desk-2',4712,'','');
CREATE TABLE ddmkit_sends (
	plan_id VARCHAR(200) NOT NULL, 
	run_id VARCHAR(200) NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (plan_id), 
	FOREIGN KEY(run_id) REFERENCES ddmkit_runs (id)
);
INSERT INTO "ddmkit_sends" VALUES('plan-1','r-20250520-101232-ab12cd',1747735952000);
CREATE INDEX ix_ddmkit_runs_target_id ON ddmkit_runs (target_id);
CREATE INDEX ix_ddmkit_runs_digest ON ddmkit_runs (digest);
CREATE INDEX ix_ddmkit_events_kind ON ddmkit_events (kind);
CREATE TRIGGER ddmkit_runs_no_update BEFORE UPDATE ON ddmkit_runs BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE TRIGGER ddmkit_runs_no_delete BEFORE DELETE ON ddmkit_runs BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE TRIGGER ddmkit_events_no_update BEFORE UPDATE ON ddmkit_events BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE TRIGGER ddmkit_events_no_delete BEFORE DELETE ON ddmkit_events BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE TRIGGER ddmkit_sends_no_update BEFORE UPDATE ON ddmkit_sends BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE TRIGGER ddmkit_sends_no_delete BEFORE DELETE ON ddmkit_sends WHEN (SELECT kind FROM ddmkit_events WHERE run_id = OLD.run_id ORDER BY seq DESC LIMIT 1) IS NOT 'freed' BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
COMMIT;
