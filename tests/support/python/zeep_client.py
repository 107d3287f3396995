"""Sends, lists, fetches and acknowledges a package with zeep, a client that reads the WSDL. Prints what it got as JSON."""
import json
import sys

from requests import Session
from requests.auth import HTTPBasicAuth
from zeep import Client, Transport
from zeep.exceptions import Fault

asked = json.load(sys.stdin)


def client(login, port):
    session = Session()
    session.auth = HTTPBasicAuth(login["id"], login["secret"])
    made = Client(asked["wsdl"], transport=Transport(session=session))
    return made.bind("Lienthong", port)


def run(port):
    sender, recipient = client(asked["sender"], port), client(asked["recipient"], port)
    with open(asked["package"], "rb") as file:
        package = file.read()
    valid = sender.validatePackage(package=package).valid
    sent = sender.sendPackage(package=package)
    entry = next(one for one in recipient.getInbox(limit=500).entries if one.package == sent.packageId)
    fetched = recipient.getPackage(delivery=entry.delivery)
    moved = recipient.acknowledge(delivery=entry.delivery, sha256=fetched.sha256)
    status = sender.getPackageStatus(packageId=sent.packageId)
    agencies = sender.getAgencies(search=asked["search"])
    receipts = sender.getReceipts(limit=500).receipts
    try:
        sender.sendPackage(package=b"<x/>")
        fault = None
    except Fault as error:
        fault = error.message
    return {
        "valid": valid,
        "first": sent.first,
        "same": fetched.package == package,
        "state": moved.state,
        "size": status.size,
        "receipts": [one.kind for one in receipts if one.package == sent.packageId],
        "agencies": [one.code for one in agencies],
        "fault": fault,
    }


print(json.dumps({port: run(port) for port in asked["ports"]}))
