-- Roles belong to the whole server, so a second demo database on it finds them already there.
-- The verifier is of a random password that was thrown away: nobody can log in with it over a network.
do $roles$
declare
    verifier constant text := 'SCRAM-SHA-256$4096:ZXIoxR22+hBjUD0lp2CkaQ==$O/Mz0/N2mfPbQmfAzMIiGDtlRqrgfi2HnKnee7xYSog=:LyijlMJSnizDM4q+lnK+00kDOLs2Tc6eMZ7JcXaUqyo=';
    wanted record;
begin
    for wanted in
        select w.role_name, w.attributes
        from (values
            ('demo_owner', 'nologin'),
            ('demo_billing', 'nologin'),
            ('demo_maintenance', 'nologin'),
            ('demo_app', 'login'),
            ('demo_portal', 'login'),
            ('demo_support', 'login bypassrls')
        ) as w (role_name, attributes)
        where not exists (select from pg_catalog.pg_roles as r where r.rolname = w.role_name)
    loop
        execute pg_catalog.format('create role %I %s', wanted.role_name, wanted.attributes);
        if wanted.attributes like 'login%' then
            execute pg_catalog.format('alter role %I password %L connection limit 20', wanted.role_name, verifier);
        end if;
    end loop;
end
$roles$;

-- The application can become the owner of the billing tables: half of a planted fault.
grant demo_billing to demo_app;
