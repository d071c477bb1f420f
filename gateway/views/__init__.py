"""The pages: one blueprint per tab, one module per page, addresses in the manual's words."""

from flask import Blueprint

from gateway.views.administration import administration
from gateway.views.hjalp import hjalp
from gateway.views.inkasso import inkasso
from gateway.views.kommunikation import kommunikation
from gateway.views.login import login
from gateway.views.mina_sidor import mina_sidor
from gateway.views.reskontra import reskontra
from gateway.views.sok import sok

BLUEPRINTS: tuple[Blueprint, ...] = (login, mina_sidor, reskontra, inkasso, kommunikation, administration, hjalp, sok)
