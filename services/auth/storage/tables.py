"""The tables of auth that row-level security does not bind, each with the reason; the policy test reads this.

``client``, ``membership`` and ``credential_client`` are bound. Sign-in and the trade of a credential happen before
any client is known: they read those three in a transaction of the service itself (``Database.everywhere``).
"""

RLS_EXEMPT: dict[str, str] = {
    "user_account": "a person may belong to several clients or to none; read by id or by name, never as a list",
    "session": "reached by the hash of its secret token",
    "login_history": "belongs to a person, not to a client",
    "sign_in_failure": "counts by hash of account and address; knows no client",
    "credential": "reached by its name together with its secret; its clients stand in credential_client",
    "user_document": "belongs to the subject of a token, who is named in every statement",
    "password_reset": "reached by the hash of its secret token",
    "totp": "belongs to a person, who may work for several clients",
    "recovery_code": "belongs to a person, as the app that it replaces",
    "waiting_sign_in": "reached by the hash of its secret token",
    "first_run_token": "exists before the first client",
}
