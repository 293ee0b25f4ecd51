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
