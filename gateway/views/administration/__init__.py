"""Administration: clients, users, rights, PIN codes and credentials (SPEC part 2, Who does the other half)."""

from gateway.views.administration import clients, credentials, new_user, pins, users
from gateway.views.administration.blueprint import administration

__all__ = ["administration", "clients", "credentials", "new_user", "pins", "users"]
