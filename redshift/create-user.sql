-- Without a password: it signs in with temporary credentials of IAM.
CREATE USER :"user" PASSWORD DISABLE
