-- A role and a schema of the same name for each service; reading another service's tables is "permission denied".
-- For a trial only: in production give each role a password (\password intake) or its own database.
REVOKE ALL ON SCHEMA public FROM PUBLIC;
REVOKE TEMPORARY ON DATABASE tanggap FROM PUBLIC;
CREATE ROLE intake LOGIN;
CREATE ROLE routing LOGIN;
CREATE ROLE sla LOGIN;
CREATE ROLE notify LOGIN;
CREATE SCHEMA AUTHORIZATION intake;
CREATE SCHEMA AUTHORIZATION routing;
CREATE SCHEMA AUTHORIZATION sla;
CREATE SCHEMA AUTHORIZATION notify;
-- Beside each a role that may only read its tables: the auditor's.
CREATE ROLE audit_intake LOGIN;
CREATE ROLE audit_routing LOGIN;
CREATE ROLE audit_sla LOGIN;
CREATE ROLE audit_notify LOGIN;
GRANT USAGE ON SCHEMA intake TO audit_intake;
GRANT USAGE ON SCHEMA routing TO audit_routing;
GRANT USAGE ON SCHEMA sla TO audit_sla;
GRANT USAGE ON SCHEMA notify TO audit_notify;
ALTER DEFAULT PRIVILEGES FOR ROLE intake IN SCHEMA intake GRANT SELECT ON TABLES TO audit_intake;
ALTER DEFAULT PRIVILEGES FOR ROLE routing IN SCHEMA routing GRANT SELECT ON TABLES TO audit_routing;
ALTER DEFAULT PRIVILEGES FOR ROLE sla IN SCHEMA sla GRANT SELECT ON TABLES TO audit_sla;
ALTER DEFAULT PRIVILEGES FOR ROLE notify IN SCHEMA notify GRANT SELECT ON TABLES TO audit_notify;
