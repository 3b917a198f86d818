"""The live tests. Each takes the wire and the program, and fails by an assertion."""
import glob
import os
import signal
import subprocess
import time

from box import ROOT, Box, wait
from wire import C2, CLIENT, SERVER

NPM = 'npm/11.4.2 node/v22.16.0 linux x64 workspaces/false'
LISTED = 'ip-check-server.vercel.app'


def curl(wire, name, *arguments):
    p = wire.run(name, 'curl', '-sS', '-o', '/dev/null', '-m', '15', *arguments)
    assert p.returncode == 0, 'curl: ' + p.stderr


def many(wire, name, path, n, agent=NPM):
    """n requests, a connection each."""
    curl(wire, name, '-A', agent, '-H', 'Connection: close', 'http://%s%s' % (SERVER, path.replace('#', '[1-%d]' % n)))


def sids(events):
    return sorted(e['alert']['signature_id'] for e in events if e['event_type'] == 'alert')


def of_kind(events, kind):
    return [e for e in events if e['event_type'] == kind]


def events_arrive_within_two_seconds(wire, program):
    box = Box(wire, program, '-i', 'p1')
    curl(wire, 'c1', '-A', NPM, 'http://%s/node-loggers/-/node-loggers-1.0.0.tgz' % SERVER)
    wire.run('c1', 'dig', '+short', '@' + SERVER, LISTED)
    curl(wire, 'c1', '-k', '--connect-to', '::%s:443' % SERVER, 'https://%s/' % LISTED)
    curl(wire, 'c1', '-d', 'x=1', 'http://%s:1224/uploads' % C2)
    wanted = [9100007, 9100093, 9100094, 9100262, 9100294]
    box.soon(lambda e: sids(e) == wanted)
    assert sids(box.events(whole=False)) == wanted, 'alerts: %s' % sids(box.events(whole=False))
    assert box.end() == 0, box.said()
    e = box.events('npm')
    assert len(e) == 1 and e[0]['npm']['spec'] == 'node-loggers@1.0.0' and e[0]['in_iface'] == 'p1', e
    assert len(of_kind(box.events(), 'flow')) >= 4


def privileges_are_dropped(wire, program):
    box = Box(wire, program, '-i', 'p1', '--workers', '2')
    status = {}
    for task in os.listdir('/proc/%d/task' % box.process.pid):
        with open('/proc/%d/task/%s/status' % (box.process.pid, task)) as f:
            status = dict(line.rstrip('\n').split(':\t', 1) for line in f if ':\t' in line)
        assert '0' not in status['Uid'].split() + status['Gid'].split(), status['Uid']
        assert int(status['CapEff'], 16) == int(status['CapPrm'], 16) == 0, status['CapEff']
        assert status['NoNewPrivs'] == '1' and status['Groups'].strip() == '', status['Groups']
    assert os.stat(box.dir + '/eve.json').st_uid == int(status['Uid'].split()[0])
    assert box.end() == 0, box.said()


def two_interfaces_are_watched(wire, program):
    box = Box(wire, program, '-i', 'p1', '-i', 'p2')
    curl(wire, 'c1', '-A', NPM, 'http://%s/node-loggers/-/node-loggers-1.0.1.tgz' % SERVER)
    curl(wire, 'c2', '-A', NPM, 'http://%s/node-loggers/-/node-loggers-1.0.2.tgz' % SERVER)
    assert box.soon(lambda e: len(sids(e)) == 2), sids(box.events())
    assert box.end() == 0, box.said()
    told = sorted((e['in_iface'], e['src_ip'], e['npm']['version']) for e in box.events('alert'))
    assert told == [('p1', CLIENT['c1'], '1.0.1'), ('p2', CLIENT['c2'], '1.0.2')], told


def two_workers_share_flows_by_both_ends(wire, program):
    box = Box(wire, program, '-i', 'p1', '--workers', '2')
    many(wire, 'c1', '/good-package/-/good-package-1.0.#.tgz', 180)
    many(wire, 'c1', '/node-loggers/-/node-loggers-1.0.#.tgz', 20)
    assert box.soon(lambda e: len(of_kind(e, 'http')) == 200), len(box.events('http'))
    assert box.end() == 0, box.said()
    flows = [e for e in box.events('flow') if e.get('app_proto') == 'http']
    assert len(flows) == 200, '%d flows' % len(flows)
    lame = [f for f in flows if f['flow']['pkts_toserver'] < 4 or f['flow']['pkts_toclient'] < 3]
    assert not lame, 'a flow without both directions: %s' % lame[0]['flow']
    assert {e['http']['status'] for e in box.events('http')} == {200}
    versions = sorted(e['npm']['version'] for e in box.events('alert'))
    assert versions == sorted('1.0.%d' % i for i in range(1, 21)), versions
    assert len(box.events('npm')) == 200


def the_filter_argument_counts(wire, program):
    box = Box(wire, program, '-i', 'p1', 'udp', 'port', '53')
    curl(wire, 'c1', '-A', NPM, 'http://%s/node-loggers/-/node-loggers-1.0.1.tgz' % SERVER)
    wire.run('c1', 'dig', '+short', '@' + SERVER, LISTED)
    assert box.soon(lambda e: sids(e) == [9100093]), sids(box.events())
    assert box.end() == 0, box.said()
    assert not box.events('http') and len(box.events('dns')) == 2
    bad = Box(wire, program, '-i', 'p1', 'nonsense and', ready=None)
    assert bad.end(None) == 1 and 'nonsense' in bad.said(), bad.said()


def everything_is_flushed_at_the_end(wire, program):
    for number in (signal.SIGTERM, signal.SIGINT):
        box = Box(wire, program, '-i', 'p1')
        many(wire, 'c1', '/r#', 50, 'curl')
        time.sleep(0.1)         # the kernel hands over a block after 10 ms
        assert box.end(number) == 0, box.said()
        got = [len(box.events(k)) for k in ('http', 'flow', 'stats')]
        assert got[0] == 50 and got[1] >= 50 and got[2] == 1, 'http, flow, stats: %s' % got


def a_hangup_begins_a_new_file(wire, program):
    box = Box(wire, program, '-i', 'p1')
    many(wire, 'c1', '/before#', 40, 'curl')
    time.sleep(0.1)
    os.rename(box.dir + '/eve.json', box.dir + '/old.json')
    box.send(signal.SIGHUP)
    assert wait(lambda: os.path.exists(box.dir + '/eve.json'), 3), 'no new eve.json: ' + box.said()
    many(wire, 'c1', '/after#', 40, 'curl')
    assert box.soon(lambda e: len([h for h in of_kind(e, 'http') if 'after' in h['http']['url']]) == 40)
    assert box.end() == 0, box.said()
    old, new = box.events('http', 'old.json'), box.events('http')
    assert len(old) + len(new) == 80, (len(old), len(new))
    assert not [e for e in old if 'after' in e['http']['url']]


def files_rotate_at_their_size(wire, program):
    box = Box(wire, program, '-i', 'p1', '--set', 'eve.file_max=40000')
    for _ in range(4):
        many(wire, 'c1', '/r#', 60, 'curl')
        time.sleep(1.2)         # a rotated file is named by the second
    assert box.end() == 0, box.said()
    files = sorted(os.path.basename(p) for p in glob.glob(box.dir + '/eve.json*'))
    assert len(files) >= 3, files
    n = sum(len(box.events('http', name)) for name in files)
    assert n == 240, '%d of 240 in %s' % (n, files)


def flows_time_out_on_a_silent_wire(wire, program):
    box = Box(wire, program, '-i', 'p1', '--set', 'timeouts.tcp_closed=1', '--set', 'timeouts.udp=2')
    curl(wire, 'c1', 'http://%s/' % SERVER)
    wire.run('c1', 'dig', '+short', '@' + SERVER, 'www.example')
    assert box.soon(lambda e: len(of_kind(e, 'flow')) == 2, 6), box.events('flow')
    assert box.end() == 0, box.said()


def stats_come_while_it_runs(wire, program):
    box = Box(wire, program, '-i', 'p1', '--workers', '2', '--set', 'eve.stats=1')
    many(wire, 'c1', '/r#', 50, 'curl')
    assert box.soon(lambda e: len(of_kind(e, 'stats')) >= 2, 5), 'no stats events'
    assert box.end() == 0, box.said()
    told = [e['stats']['decoder']['pkts'] for e in box.events('stats')]
    assert told == sorted(told) and told[-1] >= 50 * 10, told


def kernel_drops_are_told(wire, program):
    box = Box(wire, program, '-i', 'p1')
    box.send(signal.SIGSTOP)      # the ring of 32 MiB runs over
    curl(wire, 'c1', 'http://%s/big' % SERVER)
    box.send(signal.SIGCONT)
    time.sleep(0.5)
    assert box.end() == 0, box.said()
    s = box.events('stats')[-1]['stats']['capture']
    assert s['kernel_drops'] > 1000 and s['kernel_packets'] > s['kernel_drops'], s
    assert ' 0 dropped by the kernel' not in box.said(), box.said()


def spare_port(wire, name):
    """A port that nothing is behind."""
    wire.run('m', 'ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', name + '-far')
    for port in (name, name + '-far'):
        wire.run('m', 'ip', 'link', 'set', port, 'up')


def a_vanished_interface_is_told(wire, program):
    for name in ('d1', 'd2'):
        spare_port(wire, name)
    box = Box(wire, program, '-i', 'd1', '-i', 'p1')
    alone = Box(wire, program, '-i', 'd2')
    wire.run('m', 'ip', 'link', 'del', 'd1')
    wire.run('m', 'ip', 'link', 'del', 'd2')
    assert alone.end(None) == 1 and 'd2' in alone.said(), alone.said()
    assert wait(lambda: 'd1: ' in box.said(), 3), box.said()
    curl(wire, 'c1', 'http://%s/still-here' % SERVER)
    assert box.soon(lambda e: len(of_kind(e, 'http')) == 1), 'nothing was seen of the port that stayed'
    assert box.end() == 1, 'a lost port is a failure in the end'


def a_port_that_goes_down_comes_back(wire, program):
    spare_port(wire, 'd3')
    box = Box(wire, program, '-i', 'd3', '-i', 'p1')
    wire.run('m', 'ip', 'link', 'set', 'd3', 'down')
    assert wait(lambda: 'd3: is down' in box.said(), 3), box.said()
    wire.run('m', 'ip', 'link', 'set', 'd3', 'up')
    curl(wire, 'c1', 'http://%s/' % SERVER)
    assert box.soon(lambda e: len(of_kind(e, 'http')) == 1)
    assert box.said().count('is down') == 1, box.said()
    assert box.end() == 0, box.said()
    wire.run('m', 'ip', 'link', 'del', 'd3')


def a_wrong_name_is_refused(wire, program):
    box = Box(wire, program, '-i', 'nosuch0', ready=None)
    assert box.end(None) == 1 and 'nosuch0' in box.said(), box.said()


def standard_input_is_read(wire, program):
    out = os.path.join(wire.folder, 'pipe')
    os.mkdir(out)
    tcpdump = subprocess.Popen(wire.inside('m', 'tcpdump', '-Z', 'root', '-i', 'p1', '-U', '--immediate-mode', '-s', '0', '-w', '-'),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    tcpdump.stderr.readline()       # "listening on"
    excised = subprocess.Popen([program, '-q', '-r', '-', '-S', os.path.join(ROOT, 'rules', 'std'), '-l', out], stdin=tcpdump.stdout)
    tcpdump.stdout.close()
    time.sleep(0.3)
    many(wire, 'c1', '/node-loggers/-/node-loggers-1.0.#.tgz', 5)
    time.sleep(0.5)
    tcpdump.terminate()
    status = excised.wait(15)
    assert status == 0, 'status %d' % status
    with open(out + '/eve.json') as f:
        n = f.read().count('"event_type":"alert"')
    assert n == 5, '%d alerts; tcpdump: %s' % (n, tcpdump.stderr.read().decode())


TESTS = [events_arrive_within_two_seconds, privileges_are_dropped, two_interfaces_are_watched,
         two_workers_share_flows_by_both_ends, the_filter_argument_counts, everything_is_flushed_at_the_end,
         a_hangup_begins_a_new_file, files_rotate_at_their_size, flows_time_out_on_a_silent_wire,
         stats_come_while_it_runs, kernel_drops_are_told,
         a_vanished_interface_is_told, a_port_that_goes_down_comes_back, a_wrong_name_is_refused, standard_input_is_read]
