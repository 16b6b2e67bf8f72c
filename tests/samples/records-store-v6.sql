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
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',1,1747750352000,'opened','{"claim_key":"recovery:source-1","host":"desk-1","operator":"ada","pid":4713}','ae30898fd50e412acea1ef017e861f89c4499eeb000de45fcb7c326251dce43c','ce8ef9e269f22f53aad469701486d95c86e3fc0978952bb15fdaf40247d6835b');
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',2,1747750352000,'planned','{"steps":[{"name":"node:rds-1","title":"recover shop-n1"},{"name":"target","title":"create the target"},{"name":"prove-nodes","title":"prove the nodes"},{"name":"restore","title":"restore the metadata"}]}','ce8ef9e269f22f53aad469701486d95c86e3fc0978952bb15fdaf40247d6835b','633a1a306458f661beded514c5cab77d7a1f4ab1db49c8bcec13d9e8f33e8d5c');
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',3,1747750412000,'confirmed','{"accepted":["same-network:rds-1"],"operator":"ada"}','633a1a306458f661beded514c5cab77d7a1f4ab1db49c8bcec13d9e8f33e8d5c','a0db5a13f51bb44adf79cfdbf13e00eb9d9c5f70d87bd8f060be068dbf2f791f');
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',4,1747750412000,'step-intent','{"body":{},"claim_key":"node:rds-1","step":"node:rds-1"}','a0db5a13f51bb44adf79cfdbf13e00eb9d9c5f70d87bd8f060be068dbf2f791f','b3b6868e04a28fb52f45cb146e16743e68f00695581ed88fec16184028fa3ba0');
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',5,1747750412000,'run-unknown','{}','b3b6868e04a28fb52f45cb146e16743e68f00695581ed88fec16184028fa3ba0','cf06ef951bdbc8b2e114d116d9e7d2d0a82b7a9a9e433e2d9d51a97a61a5eab1');
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',6,1747750472000,'step-answered','{"instance_id":"rds-1-new","job_id":"job-n1","status":202,"step":"node:rds-1"}','cf06ef951bdbc8b2e114d116d9e7d2d0a82b7a9a9e433e2d9d51a97a61a5eab1','14d83a53d117c91b97c693a02e078aaefb9c9f3cdcbf64d7c7dfa5606401e801');
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',7,1747750472000,'run-running','{}','14d83a53d117c91b97c693a02e078aaefb9c9f3cdcbf64d7c7dfa5606401e801','288bfa27f6df42b6ae21ffe5b29625dd2d0f66a7389c260e72d9baec8a75fef8');
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',8,1747750532000,'step-completed','{"step":"node:rds-1"}','288bfa27f6df42b6ae21ffe5b29625dd2d0f66a7389c260e72d9baec8a75fef8','6dc756e9beb0239e6a6795ebda60fc310cb1849f69c1c13d9c8b7ec64a7d42d3');
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',9,1747750532000,'step-proved','{"point":1747735952000,"step":"node:rds-1","strength":"own record"}','6dc756e9beb0239e6a6795ebda60fc310cb1849f69c1c13d9c8b7ec64a7d42d3','e842fbeaf63c35af15b97a609b5feafc997f8caa73c31ab291c838dec9e9abfa');
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',10,1747750532000,'step-intent','{"body":{},"claim_key":"create:shop-restored-7f3a","step":"target"}','e842fbeaf63c35af15b97a609b5feafc997f8caa73c31ab291c838dec9e9abfa','ec505778371013b7d6241dce22a86d06600ec1f4dc3697b9822cbd0d37ed5c7b');
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',11,1747750532000,'run-unknown','{}','ec505778371013b7d6241dce22a86d06600ec1f4dc3697b9822cbd0d37ed5c7b','f50af1425a022357690c7a0e0039f30881595d1af793eb2d2df9622e30b2fdd6');
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',12,1747750592000,'step-answered','{"instance_id":"ddm-new","status":202,"step":"target"}','f50af1425a022357690c7a0e0039f30881595d1af793eb2d2df9622e30b2fdd6','6444eda7ddb221377c853d07f8127d35359a00d3d8fecb2704cea8d193400dc3');
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',13,1747750592000,'run-running','{}','6444eda7ddb221377c853d07f8127d35359a00d3d8fecb2704cea8d193400dc3','cabcba7ec4292ace848bd3e11bce83dfda7e7e5979524023644aa6b1ede5c419');
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',14,1747750652000,'step-completed','{"step":"target"}','cabcba7ec4292ace848bd3e11bce83dfda7e7e5979524023644aa6b1ede5c419','1446b962022eaf193eaf9e20efed4d66d80c6ab40362f40554de948cc7c371aa');
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',15,1747750652000,'step-completed','{"step":"prove-nodes"}','1446b962022eaf193eaf9e20efed4d66d80c6ab40362f40554de948cc7c371aa','5040ea40c2c46c776f7c3d9dd2df7cf9c3ba8f0f88d674071305724cae44f769');
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',16,1747750712000,'step-intent','{"body":{},"claim_key":"restore:ddm-new","step":"restore"}','5040ea40c2c46c776f7c3d9dd2df7cf9c3ba8f0f88d674071305724cae44f769','2a94f869d8dd4ac701575cec19a2f7174b0e60c22f77921bd977f45938cf7017');
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',17,1747750712000,'run-unknown','{}','2a94f869d8dd4ac701575cec19a2f7174b0e60c22f77921bd977f45938cf7017','d6fd40d3532641153f68b73d8ba60ccd0fc70d5191ae9d24272f21c628b73daf');
INSERT INTO "ddmkit_events" VALUES('r-20250520-141232-ab12d0',18,1747750772000,'step-unknown','{"reason":"the answer was lost","step":"restore"}','d6fd40d3532641153f68b73d8ba60ccd0fc70d5191ae9d24272f21c628b73daf','5efa8b712d6d02227fc2137cff277f6b265f5a2fcff567b30fae7929813a6e5b');
INSERT INTO "ddmkit_events" VALUES('r-20250520-151232-ab12d1',1,1747753952000,'opened','{"host":"desk-1","operator":"ada","pid":4714}','d8a231740086024a2f9e5e7d395d36825f237e1675b380b9325af265d3efb9c5','55be5cd11220554ab4da18cf86276117c00c5c28868683afe3fb0b54279f6c58');
INSERT INTO "ddmkit_events" VALUES('r-20250520-151232-ab12d1',2,1747753952000,'run-running','{}','55be5cd11220554ab4da18cf86276117c00c5c28868683afe3fb0b54279f6c58','0197169175589d5804524ec17088fcb271ca0ed8f145322bc24da53e1a5018f4');
INSERT INTO "ddmkit_events" VALUES('r-20250520-151302-ab12d2',1,1747753982000,'opened','{"host":"desk-1","operator":"ada","pid":4714}','0256b302a9ada1dc324d9a28466d0072f3d9b0284ed71c9d5ec9753245b02db4','21fd3d1811dfcd3af8ba20ba1cd287e4b74d7eabf7f01941e0a0aaea6188c219');
INSERT INTO "ddmkit_events" VALUES('r-20250520-151302-ab12d2',2,1747753982000,'intent','{"request":{}}','21fd3d1811dfcd3af8ba20ba1cd287e4b74d7eabf7f01941e0a0aaea6188c219','c61129b536cc496eabfdeccf0e9b3be8a7f1f77237df291a8de14cbb44802c95');
CREATE TABLE ddmkit_fleet_items (
	fleet_id VARCHAR(200) NOT NULL, 
	number BIGINT NOT NULL, 
	"row" VARCHAR(200) NOT NULL, 
	digest VARCHAR(200) NOT NULL, 
	state VARCHAR(200) NOT NULL, 
	run_id VARCHAR(200) NOT NULL, 
	lease VARCHAR(200) NOT NULL, 
	reason TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	wave BIGINT NOT NULL, 
	claimed BIGINT NOT NULL, 
	acknowledged BIGINT NOT NULL, 
	lease_until BIGINT NOT NULL, 
	since BIGINT NOT NULL, 
	begun BIGINT NOT NULL, 
	ended BIGINT NOT NULL, 
	PRIMARY KEY (fleet_id, number), 
	UNIQUE (fleet_id, "row"), 
	FOREIGN KEY(fleet_id) REFERENCES ddmkit_runs (id)
);
INSERT INTO "ddmkit_fleet_items" VALUES('r-20250520-151232-ab12d1',0,'r1','d6','running','r-20250520-151302-ab12d2','0123456789abcdef','its request is sent','ada@desk-1 (process 4714)',0,1,0,1747754042000,1747753982000,1747753982000,0);
INSERT INTO "ddmkit_fleet_items" VALUES('r-20250520-151232-ab12d1',1,'r2','d7','waiting','','','not begun','',1,0,0,0,1747753952000,0,0);
CREATE TABLE ddmkit_fleets (
	run_id VARCHAR(200) NOT NULL, 
	digest VARCHAR(200) NOT NULL, 
	gate VARCHAR(200) NOT NULL, 
	version VARCHAR(200) NOT NULL, 
	paused TEXT NOT NULL, 
	paused_by TEXT NOT NULL, 
	cap BIGINT NOT NULL, 
	stop_after BIGINT NOT NULL, 
	opened BIGINT NOT NULL, 
	slow_until BIGINT NOT NULL, 
	PRIMARY KEY (run_id), 
	FOREIGN KEY(run_id) REFERENCES ddmkit_runs (id)
);
INSERT INTO "ddmkit_fleets" VALUES('r-20250520-151232-ab12d1','d5','wave','0.2.0','','',8,3,1,0);
CREATE TABLE ddmkit_imports (
	run_id VARCHAR(200) NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (run_id), 
	FOREIGN KEY(run_id) REFERENCES ddmkit_runs (id)
);
INSERT INTO "ddmkit_imports" VALUES('r-20250520-121232-ab12cf',1747746752000);
CREATE TABLE ddmkit_jobs (
	service VARCHAR(200) NOT NULL, 
	job_id VARCHAR(200) NOT NULL, 
	run_id VARCHAR(200) NOT NULL, 
	PRIMARY KEY (service, job_id), 
	FOREIGN KEY(run_id) REFERENCES ddmkit_runs (id)
);
INSERT INTO "ddmkit_jobs" VALUES('ddm.example.com','job-1','r-20250520-101232-ab12cd');
INSERT INTO "ddmkit_jobs" VALUES('ddm.example.com','job-n1','r-20250520-141232-ab12d0');
INSERT INTO "ddmkit_jobs" VALUES('ddm.example.com','rds-1-new','r-20250520-141232-ab12d0');
INSERT INTO "ddmkit_jobs" VALUES('ddm.example.com','ddm-new','r-20250520-141232-ab12d0');
CREATE TABLE ddmkit_meta (
	name VARCHAR(200) NOT NULL, 
	value TEXT NOT NULL, 
	PRIMARY KEY (name)
);
INSERT INTO "ddmkit_meta" VALUES('schema_version','6');
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
	ticket TEXT NOT NULL, kind VARCHAR(20) DEFAULT 'restore' NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (id), 
	UNIQUE (plan_id)
);
INSERT INTO "ddmkit_runs" VALUES(1,'r-20250520-101232-ab12cd','ddm.example.com',1747735952000,'plan-1','d1','project-1','source-1','target-1','shop','shop-restored','ada','desk-1',4711,'','','restore');
INSERT INTO "ddmkit_runs" VALUES(2,'r-20250520-111232-ab12ce','ddm.example.com',1747739552000,'plan-2','d2','project-1','source-1','target-2','shop','shop-again','ada','desk-1',4711,'p','OPS-8','restore');
INSERT INTO "ddmkit_runs" VALUES(3,'r-20250520-121232-ab12cf','ddm.example.com',1747743152000,'plan-3','d3','project-1','source-1','target-3','shop','shop-elsewhere','eve','desk-2',4712,'','','restore');
INSERT INTO "ddmkit_runs" VALUES(4,'r-20250520-141232-ab12d0','ddm.example.com',1747750352000,'plan-4','d4','project-1','source-1','new:shop-restored-7f3a','shop','shop-restored-7f3a','ada','desk-1',4713,'schema dropped by mistake','OPS-9','recovery');
INSERT INTO "ddmkit_runs" VALUES(5,'r-20250520-151232-ab12d1','ddm.example.com',1747753952000,'plan-5','d5','project-1','fleet:d5','fleet:d5','2 rows','2 waves','ada','desk-1',4714,'','','fleet');
INSERT INTO "ddmkit_runs" VALUES(6,'r-20250520-151302-ab12d2','ddm.example.com',1747753982000,'plan-6','d6','project-1','source-5','target-5','shop','shop-restored','ada','desk-1',4714,'','','restore');
CREATE TABLE ddmkit_sends (
	plan_id VARCHAR(200) NOT NULL, 
	run_id VARCHAR(200) NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (plan_id), 
	FOREIGN KEY(run_id) REFERENCES ddmkit_runs (id)
);
CREATE TABLE ddmkit_step_claims (
	service VARCHAR(200) NOT NULL, 
	project_id VARCHAR(200) NOT NULL, 
	claim_key VARCHAR(400) NOT NULL, 
	run_id VARCHAR(200) NOT NULL, 
	step VARCHAR(200) NOT NULL, 
	operator TEXT NOT NULL, 
	host TEXT NOT NULL, 
	pid BIGINT NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (service, project_id, claim_key), 
	UNIQUE (run_id, step), 
	FOREIGN KEY(run_id) REFERENCES ddmkit_runs (id)
);
INSERT INTO "ddmkit_step_claims" VALUES('ddm.example.com','project-1','recovery:source-1','r-20250520-141232-ab12d0','','ada','desk-1',4713,1747750352000);
INSERT INTO "ddmkit_step_claims" VALUES('ddm.example.com','project-1','restore:ddm-new','r-20250520-141232-ab12d0','restore','ada','desk-1',4713,1747750712000);
INSERT INTO "ddmkit_step_claims" VALUES('ddm.example.com','project-1','restore:target-5','r-20250520-151302-ab12d2','','ada','desk-1',4714,1747753982000);
CREATE TABLE ddmkit_step_sends (
	plan_id VARCHAR(200) NOT NULL, 
	step VARCHAR(200) NOT NULL, 
	run_id VARCHAR(200) NOT NULL, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (plan_id, step), 
	FOREIGN KEY(run_id) REFERENCES ddmkit_runs (id)
);
INSERT INTO "ddmkit_step_sends" VALUES('plan-1','','r-20250520-101232-ab12cd',1747735952000);
INSERT INTO "ddmkit_step_sends" VALUES('plan-4','node:rds-1','r-20250520-141232-ab12d0',1747750412000);
INSERT INTO "ddmkit_step_sends" VALUES('plan-4','target','r-20250520-141232-ab12d0',1747750532000);
INSERT INTO "ddmkit_step_sends" VALUES('plan-4','restore','r-20250520-141232-ab12d0',1747750712000);
INSERT INTO "ddmkit_step_sends" VALUES('plan-6','','r-20250520-151302-ab12d2',1747753982000);
CREATE INDEX ix_ddmkit_runs_target_id ON ddmkit_runs (target_id);
CREATE INDEX ix_ddmkit_runs_digest ON ddmkit_runs (digest);
CREATE INDEX ix_ddmkit_events_kind ON ddmkit_events (kind);
CREATE TRIGGER ddmkit_runs_no_update BEFORE UPDATE ON ddmkit_runs BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE TRIGGER ddmkit_runs_no_delete BEFORE DELETE ON ddmkit_runs BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE TRIGGER ddmkit_events_no_update BEFORE UPDATE ON ddmkit_events BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE TRIGGER ddmkit_events_no_delete BEFORE DELETE ON ddmkit_events BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE TRIGGER ddmkit_sends_no_update BEFORE UPDATE ON ddmkit_sends BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE TRIGGER ddmkit_sends_no_delete BEFORE DELETE ON ddmkit_sends WHEN (SELECT kind FROM ddmkit_events WHERE run_id = OLD.run_id ORDER BY seq DESC LIMIT 1) IS NOT 'freed' BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE TRIGGER ddmkit_claims_retired BEFORE INSERT ON ddmkit_claims BEGIN SELECT RAISE(ABORT, 'this record store was upgraded by a newer ddmkit: end this program and start it again'); END;
CREATE TRIGGER ddmkit_claims_forgets AFTER DELETE ON ddmkit_claims BEGIN DELETE FROM ddmkit_step_claims WHERE run_id = OLD.run_id AND step = ''; END;
CREATE TRIGGER ddmkit_sends_retired BEFORE INSERT ON ddmkit_sends BEGIN SELECT RAISE(ABORT, 'this record store was upgraded by a newer ddmkit: end this program and start it again'); END;
CREATE TRIGGER ddmkit_sends_forgets AFTER DELETE ON ddmkit_sends BEGIN DELETE FROM ddmkit_step_sends WHERE run_id = OLD.run_id AND step = ''; END;
CREATE TRIGGER ddmkit_step_sends_no_update BEFORE UPDATE ON ddmkit_step_sends BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE TRIGGER ddmkit_step_sends_no_delete BEFORE DELETE ON ddmkit_step_sends WHEN COALESCE((SELECT kind FROM ddmkit_events WHERE run_id = OLD.run_id ORDER BY seq DESC LIMIT 1), '') NOT IN ('freed', 'step-freed', 'step-released') BEGIN SELECT RAISE(ABORT, 'records are append-only'); END;
CREATE INDEX ix_ddmkit_fleet_items_lease ON ddmkit_fleet_items (lease);
COMMIT;
