#!/usr/bin/env python3
"""Every shipped rule has conversations that fire it, exactly once, and near misses that don't.

    tests/pcap/std_cases.py [EXCISED]        default build/excised; exit 1 when a case fails
    tests/pcap/std_cases.py --only RULE      the conversations of one rule (a key of sids.tsv)
    tests/pcap/std_cases.py --pcap FILE ...  only write the capture

All conversations stand in one capture, each from a client address of its own (10.x.y.z), so that one
run judges them all and an alert says by its client which case it belongs to."""
import argparse
import collections
import importlib.machinery
import importlib.util
import ipaddress
import json
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
STD = os.path.join(ROOT, "rules", "std")
WEB, RESOLVER, PROXY = "198.51.100.10", "198.51.100.53", "198.51.100.31"       # RFC 5737: listed nowhere
REGISTRY = "registry.npmjs.org"
GENERAL_EACH = 120      # every so many-th name of the general list


def load(name):
    path = os.path.join(ROOT, "tools", name)
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def rows(path):
    with open(os.path.join(STD, path), encoding="utf-8") as f:
        lines = [l.rstrip("\n").split("\t") for l in f if l.strip() and not l.startswith("#")]
    return [dict(zip(lines[0], l)) for l in lines[1:]]


class Cases:
    def __init__(self, capture, only):
        self.capture = capture
        self.only = only
        self.sids = {r["key"]: int(r["sid"]) for r in rows("src/sids.tsv")}
        self.want = {}              # client: (sorted sids, what it is)
        self.covered = collections.defaultdict(set)
        self.n = 0

    def add(self, keys, about, what, say):
        """A conversation that fires the rules `keys` (none: a near miss of the rule `about`)."""
        if self.only and self.only != about:
            return
        self.n += 1
        client = str(ipaddress.ip_address("10.0.0.0") + self.n)
        say(client)
        self.want[client] = (sorted(self.sids[k] for k in keys), "%s: %s" % (about, what))
        self.covered[about].add(bool(keys))

    # ---- packages ----

    def fetch(self, keys, about, what, uri, host=REGISTRY):
        self.add(keys, about, what, lambda c: self.capture.http(c, WEB, 80, "GET", uri, host))

    def package(self, key, row, names):
        name, versions = row["package"], row["versions"].split(",")
        base = name.split("/")[-1]
        coded = name.replace("/", "%2f")

        def tarball(n, b, v):
            return "/%s/-/%s-%s.tgz" % (n, b, v)

        whole = versions == ["*"]
        version = "7.7.7" if whole else versions[0]
        self.fetch([key], key, "tarball " + name, tarball(name, base, version))
        if name + "x" not in names:
            self.fetch([], key, "another name " + name + "x", tarball(name + "x", base + "x", version))
        self.fetch([], key, "placeholder " + name, tarball(name, base, "0.0.1-security"))
        self.fetch([key] if whole else [], key, "metadata " + name, "/" + coded)
        self.fetch([key] if whole else [], key, "metadata of a version " + name, "/%s/%s" % (coded, version))
        self.fetch([key], key, "file on a CDN " + name, "/npm/%s@%s/index.js" % (name, version), "cdn.jsdelivr.net")
        if not whole:
            self.fetch([], key, "another version of " + name, tarball(name, base, "93.0.17"))

    def packages(self):
        lists = [(k, rows("lists/npm-%s.tsv" % k.split("/")[1])) for k in self.sids if k.startswith("npm/")]
        names = {r["package"] for _, l in lists for r in l}
        for key, items in lists:
            for row in items[::GENERAL_EACH] if key == "npm/malicious" else items:
                if all(c.isalnum() or c in "@/._-" for c in row["package"] + row["versions"].replace(",", "")
                       .replace("*", "").replace("+", "")):
                    self.package(key, row, names)

    # ---- hosts ----

    def host(self, keys, about, what, name, proto):
        c = self.capture
        say = {"dns": lambda a: c.dns(a, RESOLVER, 53, name, "192.0.2.1"),
               "tls": lambda a: c.tls(a, WEB, 443, name),
               "quic": lambda a: c.quic(a, WEB, 443, name),
               "http": lambda a: c.http(a, WEB, 80, "GET", "/", name)}[proto]
        self.add(keys, about, what + " " + name, say)

    def domains(self):
        lists = [(k, rows("lists/domain-%s.tsv" % k.split("/")[1])) for k in self.sids if k.startswith("domain/")]
        exact = {r["domain"] for _, l in lists for r in l}
        for key, items in lists:
            proto = key.split("/")[2]
            for row in items[:2] if proto == "quic" else items:
                name = row["domain"]
                wide = row["match"] == "suffix"
                self.host([key], key, "listed", name, proto)
                self.host([key] if wide else [], key, "below", "www." + name, proto)
                self.host([], key, "same letters at the end", "x" + name, proto)
                self.host([], key, "listed as the beginning", name + ".example.org", proto)
                parent = name.split(".", 1)[1]
                if "." in parent and parent not in exact:
                    self.host([], key, "above", parent, proto)
                if proto != "quic":
                    self.host([key], key, "other case", name.upper(), proto)
                if proto == "http":
                    self.host([key], key, "trailing dot", name + ".", proto)
                    self.add([key], key, "through a proxy " + name, lambda c, n=name: self.capture.http(
                        c, PROXY, 3128, "GET", "/", n, absolute=True))
                if proto == "tls":
                    self.add([key, key[:-3] + "http"], key, "in a CONNECT tunnel " + name,
                             lambda c, n=name: self.capture.tls(c, PROXY, 3128, n, connect=True))

    # ---- addresses ----

    def addresses(self):
        lists = [(k, rows("lists/address-%s.tsv" % k.split("/")[1])) for k in self.sids if k.startswith("address/")]
        listed = {r["address"] for _, l in lists for r in l}
        for key, items in lists:
            for row in items:
                a = row["address"]
                ports = [int(p) for p in row["ports"].split(",") if p]
                hello = [(True, b"hello there")]
                for port in ports or [4567, 443]:
                    self.add([key], key, "TCP to %s:%d" % (a, port),
                             lambda c, p=port: self.capture.tcp(c, a, p, hello))
                port = ports[0] if ports else 4567
                self.add([key], key, "UDP to %s:%d" % (a, port), lambda c: self.capture.udp(c, a, port, b"\xff\xfe"))
                if ports:
                    self.add([], key, "TCP to %s, another port" % a, lambda c: self.capture.tcp(c, a, 39999, hello))
                near = str(ipaddress.ip_address(a) + 1)
                if near not in listed:
                    self.add([], key, "TCP to the next address " + near, lambda c: self.capture.tcp(c, near, port, hello))

    # ---- requests ----

    def beacon(self, key, method, good, bad, ports, other_port):
        def say(verb, uri, host, port, server=WEB, **more):
            return lambda c: self.capture.http(c, server, port, verb, uri, host, **more)

        for port in ports:
            for uri in good:
                self.add([key], key, "%s %s on %d" % (method, uri, port), say(method, uri, "%s:%d" % (WEB, port), port))
        port, uri = ports[0], good[0]
        here = "%s:%d" % (WEB, port)
        self.add([key], key, "through a proxy", say(method, uri, here, 3128, PROXY, absolute=True))
        self.add([], key, "another port", say(method, uri, "%s:%d" % (WEB, other_port), other_port))
        self.add([], key, "a name instead of an address", say(method, uri, "files.example:%d" % port, port))
        self.add([], key, "another method", say("PUT", uri, here, port))
        for uri in bad:
            self.add([], key, "another path " + uri, say(method, uri, here, port))

    def beacons(self):
        beaver = [1224, 1244, 1245, 1247, 1249]
        deep = [p + "/9/902" for p in ("/client", "/payload", "/brow")]
        self.beacon("beacon/uploads", "POST", ["/uploads"], ["/uploads2", "/a/uploads", "/upload"], beaver, 8080)
        self.beacon("beacon/pdown", "GET", ["/pdown"], ["/pdown/x", "/updown"], beaver, 80)
        for uri in deep:
            name = uri.split("/")[1]
            self.beacon("beacon/" + name, "GET", [uri, "/%s/xxx" % name],
                        ["/%s" % name, uri + "/more/of/it", "/%s/app.js" % name], beaver, 3000)
        self.beacon("beacon/check-status", "GET", ["/api/checkStatus", "/api/checkStatus?sysInfo=x"],
                    ["/api/checkStatuses"], beaver, 3000)
        self.beacon("beacon/service-process", "POST", ["/api/service/process", "/api/service/process/x"],
                    ["/api/service/processes"], [5918], 5000)
        self.beacon("beacon/defy", "GET", ["/defy/v7"], ["/defy/v77", "/defy"], [6168], 6000)

    def urls(self):
        for key in [k for k in self.sids if k.startswith("url/")]:
            host, path = key[len("url/"):].split("://", 1)[1].split("/", 1)
            path = "/" + path
            for keys, what, h, p in (([key], "the page", host, path), ([], "another page", host, path + "x"),
                                     ([], "the host's first page", host, "/"),
                                     ([], "the page on another host", "x" + host, path)):
                self.add(keys, key, what, lambda c, h=h, p=p: self.capture.http(c, WEB, 80, "GET", p, h))

    def make(self):
        self.packages()
        self.domains()
        self.addresses()
        self.beacons()
        self.urls()


def alerts(folder):
    """client: sids, as often as they were alerted."""
    seen = collections.defaultdict(list)
    with open(os.path.join(folder, "eve.json"), encoding="utf-8") as f:
        for line in f:
            e = json.loads(line)
            if e["event_type"] == "alert":
                client = e["src_ip"] if e["src_ip"].startswith("10.") else e["dest_ip"]
                seen[client].append(e["alert"]["signature_id"])
    return seen


def run(excised, pcap, rules, out):
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    subprocess.run([excised, "-q", "-r", pcap, "-S", rules, "-l", out], check=True, stdout=subprocess.DEVNULL)
    return alerts(out)


def judge(cases, seen):
    bad = 0
    for client, (want, what) in cases.want.items():
        got = sorted(seen.get(client, []))
        if got != want:
            bad += 1
            if bad <= 40:
                print("%s %s: wanted %s, got %s" % (client, what, want, got))
    for client in set(seen) - set(cases.want):
        print("%s: an alert of nobody's: %s" % (client, seen[client]))
        bad += 1
    return bad


def judge_allow(cases, excised, pcap, build):
    """With its hosts and packages on the operator's list, the same capture is silent about them."""
    rules = os.path.join(build, "rules")
    shutil.rmtree(rules, ignore_errors=True)
    shutil.copytree(STD, rules)
    domains = [r["domain"] for r in rows("src/domains.tsv")]
    packages = [r["package"] for r in rows("src/packages.tsv")]
    for name, head, body in (("allow.tsv", "domain\tmatch", domains), ("allow-npm.tsv", "package\tversions", packages)):
        with open(os.path.join(rules, "lists", name), "w", encoding="utf-8") as f:
            f.write(head + "\n" + "".join(b + "\t\n" for b in body))
    quiet = {s for k, s in cases.sids.items() if k.startswith(("domain/", "npm/")) and k != "npm/malicious"}
    loud = collections.Counter(s for got in run(excised, pcap, rules, os.path.join(build, "allowed")).values()
                               for s in got if s in quiet)
    for sid, n in loud.items():
        print("sid %d: %d alerts about what is allowed" % (sid, n))
    return len(loud)


def main():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("excised", nargs="?", default=os.path.join(ROOT, "build", "excised"))
    args.add_argument("--only", metavar="RULE")
    args.add_argument("--pcap", metavar="FILE")
    args = args.parse_args()

    build = os.path.join(ROOT, "build", "std")
    os.makedirs(build, exist_ok=True)
    pcap = args.pcap or os.path.join(build, "cases.pcap")
    cases = Cases(load("mkpcap").Capture(), args.only)
    cases.make()
    with open(pcap, "wb") as f:
        cases.capture.write(f)
    if args.pcap:
        return 0
    bad = 0
    for key in cases.sids:
        if not args.only and not key.startswith("allow/") and cases.covered[key] != {True, False}:
            print("%s: has not both a case that fires and a near miss" % key)
            bad += 1
    bad += judge(cases, run(args.excised, pcap, STD, os.path.join(build, "out")))
    if not args.only:
        bad += judge_allow(cases, args.excised, pcap, build)
    print("%d conversations of %d rules, %d failed" % (cases.n, len(cases.covered), bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
