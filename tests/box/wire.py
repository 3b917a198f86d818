"""Namespaces: clients c1 and c2 - a bridge in m, whose ports p1 and p2 are watched - servers in s. Their names carry our
process id; down() ends only what runs inside of them."""
import os
import signal
import subprocess
import tempfile
import time

SERVER = '10.77.0.1'
C2 = '172.86.80.145'        # hexeval-2025-06
CLIENT = {'c1': '10.77.0.11', 'c2': '10.77.0.12'}

NGINX = '''user root; worker_processes 1; pid {0}/nginx.pid; error_log {0}/error.log crit; daemon off;
events {{ worker_connections 1024; }}
http {{
    access_log off; default_type text/plain;
    client_body_temp_path {0}/t1; proxy_temp_path {0}/t2; fastcgi_temp_path {0}/t3; uwsgi_temp_path {0}/t4; scgi_temp_path {0}/t5;
    ssl_certificate {0}/cert.pem; ssl_certificate_key {0}/key.pem;
    server {{ listen {1}:80 backlog=1024; listen {1}:443 ssl; listen {2}:1224; location / {{ return 200 'hello\\n'; }}
              location /big {{ root {0}; }} }}
}}'''


def sh(*command):
    p = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if p.returncode != 0:
        raise RuntimeError('%s: %s' % (' '.join(command), p.stdout))


class Wire:
    def __init__(self):
        self.names = {n: 'excise-box-%d-%s' % (os.getpid(), n) for n in ('c1', 'c2', 'm', 's')}
        self.folder = tempfile.mkdtemp(prefix='excise-box-')
        os.chmod(self.folder, 0o755)        # excised comes here without privileges
        self.up_names = []

    def inside(self, name, *command):
        # not `ip netns exec`: that remounts /, which fails in a chroot
        return ('nsenter', '--net=/run/netns/' + self.names[name]) + tuple(str(c) for c in command)

    def run(self, name, *command, timeout=20):
        return subprocess.run(self.inside(name, *command), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=timeout)

    def link(self, a, port_a, b, port_b):
        sh('ip', 'link', 'add', port_a, 'netns', self.names[a], 'type', 'veth', 'peer', 'name', port_b, 'netns', self.names[b])
        for name, port in ((a, port_a), (b, port_b)):
            self.run(name, 'ethtool', '-K', port, 'tso', 'off', 'gso', 'off', 'gro', 'off', 'tx', 'off', 'rx', 'off')
            sh(*self.inside(name, 'ip', 'link', 'set', port, 'up'))

    def up(self):
        for name in self.names:
            sh('ip', 'netns', 'add', self.names[name])
            self.up_names.append(name)
            sh(*self.inside(name, 'ip', 'link', 'set', 'lo', 'up'))
            self.run(name, 'sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1', 'net.ipv6.conf.default.disable_ipv6=1')
        sh(*self.inside('m', 'ip', 'link', 'add', 'br0', 'type', 'bridge', 'stp_state', '0'))
        sh(*self.inside('m', 'ip', 'link', 'set', 'br0', 'up'))
        for name, port in (('c1', 'p1'), ('c2', 'p2'), ('s', 'ps')):
            self.link(name, 'eth0', 'm', port)
            sh(*self.inside('m', 'ip', 'link', 'set', port, 'master', 'br0'))
        for name in ('c1', 'c2'):
            sh(*self.inside(name, 'ip', 'addr', 'add', CLIENT[name] + '/24', 'dev', 'eth0'))
            sh(*self.inside(name, 'ip', 'route', 'add', 'default', 'dev', 'eth0'))
        sh(*self.inside('s', 'ip', 'addr', 'add', SERVER + '/24', 'dev', 'eth0'))
        sh(*self.inside('s', 'ip', 'addr', 'add', C2 + '/32', 'dev', 'eth0'))
        self.serve()

    def serve(self):
        sh('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-batch',
           '-subj', '/CN=box.example', '-keyout', self.folder + '/key.pem', '-out', self.folder + '/cert.pem')
        with open(self.folder + '/nginx.conf', 'w') as f:
            f.write(NGINX.format(self.folder, SERVER, C2))
        with open(self.folder + '/big', 'wb') as f:
            f.truncate(96 << 20)
        for command in (('nginx', '-e', self.folder + '/error.log', '-c', self.folder + '/nginx.conf'),
                        ('dnsmasq', '-k', '--conf-file=/dev/null', '--no-resolv', '--no-hosts', '--bind-interfaces', '--pid-file=',
                         '--listen-address=' + SERVER, '--address=/#/' + SERVER)):
            subprocess.Popen(self.inside('s', *command), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while self.run('c1', 'curl', '-s', '-m', '1', 'http://%s/' % SERVER).returncode != 0:
            if time.monotonic() > end:
                raise RuntimeError('nginx does not answer')
            time.sleep(0.1)

    def pids(self, name):
        told = subprocess.run(['ip', 'netns', 'pids', self.names[name]], capture_output=True, text=True)
        return [int(p) for p in told.stdout.split()]

    def down(self):
        for name in reversed(self.up_names):
            for number in (signal.SIGTERM, signal.SIGKILL):
                for pid in self.pids(name):
                    try:
                        os.kill(pid, number)
                    except ProcessLookupError:
                        pass
                for _ in range(10):
                    if self.pids(name):
                        time.sleep(0.05)
            subprocess.run(['ip', 'netns', 'del', self.names[name]])
        self.up_names = []
        subprocess.run(['rm', '-rf', self.folder])
