#!/usr/bin/env python3
"""Runs the same rules over the same captures in Excise and in Suricata, and says where they differ.

    suricata_diff.py BUILD CAPTURES [--rules FILE]... [--random N --seed S] [--only TEXT] [--config YAML]

CAPTURES is a folder of captures, or one. Rules: those of suricata_diff/ next to this file unless
--rules names others; --random N adds N rules made from what the captures hold. Two alerts are the
same when sid and the two ends are: which packet told is each program's own affair. What differs
for a reason that is known and wanted stands in suricata_diff/intended.tsv. Where Suricata is not
installed this says so and ends well. Exit status: 0 no unexpected difference, 1 some, 2 usage.
"""
import argparse
import collections
import concurrent.futures
import fnmatch
import ipaddress
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent / "suricata_diff"
SECONDS_MAX = 300       # of one program on one capture
# What Excise does always: every alert of a packet is told, flows are followed from their middle on,
# and from one side alone.
SETTINGS = ("packet-alert-max=255", "stream.midstream=true", "stream.async-oneside=true")


def read_events(path):
    """The objects of an eve.json; a last line that was cut is left out."""
    events = []
    if path.exists():
        for line in path.read_text(errors="replace").splitlines():
            try:
                events.append(json.loads(line))
            except ValueError:
                continue
    return events


def end(event, side):
    return str(ipaddress.ip_address(event[side + "_ip"])), event.get(side + "_port", 0)


def alerts(events, counted):
    """(sid, end, end); of rules with a threshold just how many, for which of several flows is told
    depends on the packet at which each program looks."""
    found, seen = set(), collections.Counter()
    for e in events:
        if e.get("event_type") == "alert":
            sid, ends = e["alert"]["signature_id"], sorted([end(e, "src"), end(e, "dest")])
            if sid in counted:
                seen[sid] += 1
                ends = [("count", seen[sid]), ("", 0)]
            found.add((sid, *ends))
    return found


def run(command, folder):
    folder.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(command + ["-l", str(folder)], capture_output=True, timeout=SECONDS_MAX,
                              check=False)
    except subprocess.TimeoutExpired:
        return None, "takes more than %d s" % SECONDS_MAX
    if done.returncode != 0:
        words = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
        return None, "status %d%s" % (done.returncode, ": " + words[-1][:100] if words else "")
    return read_events(folder / "eve.json"), None


class Pair:
    """The two programs, with one file of rules."""

    def __init__(self, build, config, rules, work):
        self.work = work
        self.counted = {int(m[1]) for line in rules.read_text().splitlines()
                        if re.search(r"threshold:|detection_filter:", line) and (m := re.search(r"sid:(\d+);", line))}
        self.excise = [str(build / "excised"), "-q", "-S", str(rules)]
        self.suricata = ["suricata", "-c", str(config), "-S", str(rules), "--runmode", "single", "-k", "none",
                         *(x for s in SETTINGS for x in ("--set", s))]

    def compare(self, capture):
        """(capture, what only ours alerts, what only theirs, number of equals, why it was skipped)"""
        place = self.work / capture.name
        theirs, why = run(self.suricata + ["-r", str(capture)], place / "suricata")
        if theirs is None:
            return capture.name, set(), set(), 0, "Suricata: " + why
        ours, why = run(self.excise + ["-r", str(capture)], place / "excise")
        shutil.rmtree(place, ignore_errors=True)
        if ours is None:
            return capture.name, set(), set(), 0, "Excise: " + why
        a, b = alerts(ours, self.counted), alerts(theirs, self.counted)
        return capture.name, a - b, b - a, len(a & b), None


# ---- rules out of what captures hold ----

FIELDS = {"http": (("url", "http.uri.raw"), ("url", "http.uri"), ("hostname", "http.host"),
                   ("http_user_agent", "http.user_agent"), ("http_method", "http.method"),
                   ("http_refer", "http.referer"), ("http_content_type", "http.content_type"),
                   ("status", "http.stat_code")),
          "tls": (("sni", "tls.sni"), ("subject", "tls.cert_subject"), ("issuerdn", "tls.cert_issuer")),
          "dns": (("rrname", "dns.query"),)}
OF_SERVER = ("http.content_type", "http.stat_code", "tls.cert_subject", "tls.cert_issuer")
ALWAYS_SMALL = ("http.host",)      # Suricata refuses nocase on it


def values(build, captures, work):
    """Buffer -> sorted values, as Excise's own events show them."""
    found = collections.defaultdict(set)
    (work / "none.rules").write_text("")
    for c in captures:
        events, _ = run([str(build / "excised"), "-q", "-S", str(work / "none.rules"), "-r", str(c)],
                        work / "values")
        for e in events or ():
            for key, buffer in FIELDS.get(e.get("event_type"), ()):
                v = str(e[e["event_type"]].get(key, ""))
                if 0 < len(v) < 180 and all(32 <= ord(x) < 127 for x in v):
                    found[buffer].add(v.lower() if buffer in ALWAYS_SMALL else v)
        shutil.rmtree(work / "values", ignore_errors=True)
    return {b: sorted(v) for b, v in found.items()}


def escaped(s):
    return "".join(c if c.isalnum() or c in "/._-= ," else "|%02x|" % ord(c) for c in s)


class Maker:
    """One rule after the other, from pieces of real values, a little off now and then."""

    def __init__(self, found, seed):
        self.found, self.random, self.nocase = found, random.Random(seed), ""

    def content(self, s, places="", negated=""):
        if self.nocase:
            s = "".join(self.random.choice((c.upper(), c.lower())) for c in s)
        return 'content:%s"%s"; %s%s' % (negated, escaped(s), places, self.nocase)

    def two(self, v, bound):
        r = self.random
        k = r.randrange(1, len(v) - 1)
        m = r.randrange(k, len(v))
        a, z = v[max(0, k - 6):k], v[m:m + 6]
        if not bound:
            return self.content(a) + self.content(z)
        within = max(len(z), r.choice((len(z), len(z) + m - k, len(z) + 5)))
        return self.content(a) + self.content(z, "distance:%d; within:%d; " % (
            r.choice((0, m - k, m - k - 1, -2)), within))

    def options(self, v, i, j):
        r, s = self.random, v[i:j]
        kind = r.choice(("plain", "plain", "start", "end", "depth", "offset", "two", "chain", "pcre", "bsize",
                         "isdataat", "relative pcre", "not behind"))
        if kind == "start":
            return self.content(v[:j - i], "startswith; ")
        if kind == "end":
            return self.content(v[-(j - i):], "endswith; ")
        if kind == "depth":
            return self.content(s, "depth:%d; " % max(len(s), r.choice((j, j - 1, j + 3, len(s)))))
        if kind == "offset":
            return self.content(s, "offset:%d; " % max(0, i + r.choice((0, 0, -1, 1))))
        if kind in ("two", "chain") and len(v) >= 4:
            return self.two(v, kind == "chain")
        pattern = "".join(c if c.isalnum() else "\\x%02x" % ord(c) for c in v[j:j + 6])
        if kind == "pcre":
            pattern = "".join(c if c.isalnum() else "\\x%02x" % ord(c) for c in s[:20])
            return 'pcre:"/%s/%s"; ' % (pattern, "i" if self.nocase else "")
        if kind == "relative pcre" and pattern:
            return self.content(s) + 'pcre:"/%s%s/R"; ' % (r.choice(("", "^")), pattern)
        if kind == "bsize":
            return self.content(s) + "bsize:%s; " % r.choice(
                ("%d" % len(v), ">%d" % len(s), "<%d" % (len(v) + 1), "%d<>%d" % (len(v) - 1, len(v) + 2)))
        if kind == "isdataat":
            return self.content(s) + "isdataat:%s%d,relative; " % (r.choice(("", "!")), r.choice((1, 2, 5)))
        if kind == "not behind" and v[j:j + 3]:
            return self.content(s) + self.content(v[j:j + 3], "distance:%d; " % r.choice((0, 1)), "!")
        return self.content(s, "", "!" if r.random() < .08 else "")

    def rule(self, sid):
        r = self.random
        buffer = r.choice(sorted(self.found))
        v = r.choice(self.found[buffer])
        i = r.randrange(len(v))
        j = min(r.randrange(i + 1, len(v) + 1), i + 40)
        self.nocase = "" if buffer in ALWAYS_SMALL else r.choice(("", "nocase; "))
        proto = buffer.split(".")[0]
        flow = r.choice(("", "flow:established,%s; " % ("to_client" if buffer in OF_SERVER else "to_server")))
        return 'alert %s any any -> any any (msg:"random %d"; %s%s; %ssid:%d; rev:1;)' % (
            proto, sid, "" if proto == "dns" else flow, buffer, self.options(v, i, j), sid)


# ---- what is meant to differ ----

def read_intended(path):
    """Lines of: side (ours, theirs), sid (* for any), capture (a pattern), reason."""
    rows = []
    for line in path.read_text().splitlines():
        if line and not line.startswith("#"):
            side, sid, capture, reason = line.split("\t")
            rows.append((side, sid, capture, reason))
    return rows


def reason_of(rows, side, sid, capture):
    for s, number, pattern, reason in rows:
        if s == side and number in ("*", str(sid)) and fnmatch.fnmatch(capture, pattern):
            return reason
    return None


def report(results, rules, intended):
    text = {int(m[1]): line for line in rules.splitlines() if (m := re.search(r"sid:(\d+);", line))}
    equal = sum(r[3] for r in results)
    wanted, open_ = collections.Counter(), []
    for name, ours, theirs, _, skipped in results:
        if skipped:
            print("skipped  %s (%s)" % (name, skipped))
        for side, found in (("ours", ours), ("theirs", theirs)):
            for a in sorted(found):
                reason = reason_of(intended, side, a[0], name)
                if reason:
                    wanted[side, reason] += 1
                else:
                    open_.append((side, name, a))
    by_rule = collections.defaultdict(list)
    for side, name, (sid, one, other) in open_:
        by_rule[sid, side].append((name, "%s:%s %s:%s" % (*one, *other)))
    for (sid, side), found in sorted(by_rule.items()):
        print("\nonly %s, %d times: %s" % (side, len(found), text.get(sid, sid)))
        for name, n in collections.Counter(name for name, _ in found).most_common(8):
            print("    %5d  %s  %s" % (n, name, next(ends for c, ends in found if c == name)))
    for (side, reason), n in wanted.most_common():
        print("intended   %6d only %s: %s" % (n, side, reason))
    by = collections.Counter(o[0] for o in open_)
    ran = sum(1 for r in results if not r[4])
    print("%d rules, %d captures: %d alerts equal, %d only ours, %d only theirs (and %d intended)" % (
        len(text), ran, equal, by["ours"], by["theirs"], sum(wanted.values())))
    return 1 if open_ else 0


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("build", type=pathlib.Path)
    p.add_argument("captures", type=pathlib.Path)
    p.add_argument("--rules", type=pathlib.Path, action="append")
    p.add_argument("--random", type=int, default=0)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--only", default="", help="captures whose name matches this regular expression")
    p.add_argument("--config", type=pathlib.Path, default=pathlib.Path("/etc/suricata/suricata.yaml"))
    args = p.parse_args()
    if shutil.which("suricata") is None:
        print("suricata_diff: Suricata is not installed; nothing was compared")
        return 0
    captures = [args.captures] if args.captures.is_file() else sorted(
        c for c in args.captures.iterdir()
        if c.name.endswith((".pcap", ".pcapng", ".cap", ".pcap-test")) and re.search(args.only, c.name))
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        shutil.copytree(HERE / "lists", work / "lists")
        files = args.rules or sorted(HERE.glob("*.rules"))
        rules = "".join(f.read_text() for f in files if not args.random or args.rules)
        if args.random:
            maker = Maker(values(args.build, captures, work), args.seed)
            rules += "".join(maker.rule(sid) + "\n" for sid in range(1, args.random + 1))
        (work / "all.rules").write_text(rules)
        pair = Pair(args.build, args.config, work / "all.rules", work)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            results = list(pool.map(pair.compare, captures))
    return report(results, rules, read_intended(HERE / "intended.tsv"))


if __name__ == "__main__":
    sys.exit(main())
