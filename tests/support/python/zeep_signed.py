"""Asks for agencies with zeep, signing Timestamp and Body by xmlsec. Prints their codes, or the fault, as JSON."""
import datetime
import json
import sys

import xmlsec
from zeep import Client
from zeep.exceptions import Fault
from zeep.wsse.signature import BinarySignature
from zeep.wsse.utils import WSU, get_security_header

asked = json.load(sys.stdin)


class WithTimestamp(BinarySignature):
    def apply(self, envelope, headers):
        now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
        stamp = WSU.Timestamp(
            WSU.Created(now.isoformat(timespec="milliseconds") + "Z"),
            WSU.Expires((now + datetime.timedelta(minutes=5)).isoformat(timespec="milliseconds") + "Z"),
        )
        get_security_header(envelope).append(stamp)
        return super().apply(envelope, headers)

    def verify(self, envelope):
        return envelope


signer = WithTimestamp(
    asked["key"],
    asked["cert"],
    signature_method=xmlsec.Transform.RSA_SHA256,
    digest_method=getattr(xmlsec.Transform, asked["digest"]),
)
gateway = Client(asked["wsdl"], wsse=signer).bind("Lienthong", asked["port"])
try:
    print(json.dumps([agency.code for agency in gateway.getAgencies(search=asked["search"])]))
except Fault as fault:
    print(json.dumps(fault.message))
