"""The pages: one blueprint per tab, one module per page, addresses in the manual's words."""

from flask import Blueprint

from gateway.views.login import login
from gateway.views.mina_sidor import mina_sidor
from gateway.views.reskontra import reskontra

BLUEPRINTS: tuple[Blueprint, ...] = (login, mina_sidor, reskontra)
