"""What the collection service tells of the cases that own an invoice's debt."""

from chassis.consumer import Handlers

HANDLERS: Handlers = {}
