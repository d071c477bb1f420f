"""PaymentService: translate, call, translate."""

from chassis.database import Database
from rf.ledger.v1 import payments_pb2_grpc


class PaymentServicer(payments_pb2_grpc.PaymentServiceServicer):
    def __init__(self, database: Database) -> None:
        self.database = database
