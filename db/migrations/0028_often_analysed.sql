-- A practice's images come in bursts: without statistics the planner takes 5,000 studies for one, reads and sorts them
-- all, and no index alone answers while the visibility map is old. Defaults wait for a fifth of the table.
ALTER TABLE "studies" SET (autovacuum_analyze_threshold = 100, autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_threshold = 200, autovacuum_vacuum_insert_scale_factor = 0.05);
--> statement-breakpoint
ALTER TABLE "series" SET (autovacuum_analyze_threshold = 100, autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_threshold = 200, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_insert_threshold = 200, autovacuum_vacuum_insert_scale_factor = 0.05);
--> statement-breakpoint
ALTER TABLE "instances" SET (autovacuum_analyze_threshold = 200, autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05);
--> statement-breakpoint
ALTER TABLE "patients" SET (autovacuum_analyze_threshold = 100, autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_insert_threshold = 200, autovacuum_vacuum_insert_scale_factor = 0.05);
