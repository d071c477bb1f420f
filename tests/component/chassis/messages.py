"""Events of a service that exists only in these tests."""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

_FILE = descriptor_pb2.FileDescriptorProto(name="rf/telling/v1/tests.proto", package="rf.telling.v1", syntax="proto3")
for _name in ("ThingHappened", "ThingForgotten"):
    _message = _FILE.message_type.add(name=_name)
    _message.field.add(
        name="note",
        number=1,
        type=descriptor_pb2.FieldDescriptorProto.TYPE_STRING,
        label=descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL,
    )
_pool = descriptor_pool.Default()
_pool.Add(_FILE) if hasattr(_pool, "Add") else _pool.AddSerializedFile(_FILE.SerializeToString())

ThingHappened: Any = message_factory.GetMessageClass(_pool.FindMessageTypeByName("rf.telling.v1.ThingHappened"))
ThingForgotten: Any = message_factory.GetMessageClass(_pool.FindMessageTypeByName("rf.telling.v1.ThingForgotten"))
