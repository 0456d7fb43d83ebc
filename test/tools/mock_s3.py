#!/usr/bin/env python3
"""mock_s3.py - a small S3 that misbehaves on request.

Prints its port, serves until its standard input is closed. Objects live in memory; every signature is
checked with an implementation of its own (hashlib, hmac), as are If-None-Match and ranges. Listings
have pages of 3 objects.

A key (or prefix) below "script/<a>,<b>,.../" answers its first request with <a>, the second with <b>
and so on; the last entry is repeated. Entries:

    ok               behave
    <status>         that status, no body
    <status>:<Code>  that status with an S3 error of that code
    cut              announce the whole body, send half of it, close
    reset            read the request, then reset the connection
    done-reset       carry the request out, then reset the connection
    done-hang        carry the request out, then never answer
    kept-reset       as done-reset on a connection that has served a request before; else ok
    hang             never answer
    slow             send the answer in pieces over 300 ms
    garbage          200 with a body that is no XML
    doctype          200 with a document that defines entities
    endless          a listing that names the same continuation token for ever
    foreign          a listing of keys that nobody asked for
    huge             a body without end
    wholebody        ignore the Range header
    early            answer 403 before the body of a PUT was read, and close
"""
import calendar
import hashlib
import hmac
import os
import re
import socket
import struct
import sys
import threading
import time
import urllib.parse

ACCESS_KEY = 'TESTKEY'
SECRET = 'test/secret+key'
TOKEN = 'TOKEN123'
BUCKET = 'bucket'
PAGE = 3

objects = {}
counts = {}
lock = threading.Lock()
clock_offset = 0            # seconds; /_clock/<n> sets it


class Close(Exception):
    pass


def sign(method, path, query, headers, auth):
    m = re.match(r'AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request,'
                 r'SignedHeaders=([^,]+),Signature=([0-9a-f]{64})$', auth)
    if not m:
        return 'AuthorizationHeaderMalformed'
    key, day, region, names, signature = m.groups()
    if key != ACCESS_KEY:
        return 'InvalidAccessKeyId'
    names = names.split(';')
    need = ['host', 'x-amz-content-sha256', 'x-amz-date'] + [n for n in headers if n.startswith('x-amz-')]
    if names != sorted(names) or any(n not in names for n in need):
        return 'AccessDenied'
    pairs = sorted((urllib.parse.unquote(k), urllib.parse.unquote(v)) for k, v in
                   (p.split('=', 1) for p in query.split('&') if p))
    quote = lambda s: urllib.parse.quote(s, safe='-_.~')
    canonical = '\n'.join([
        method,
        urllib.parse.quote(urllib.parse.unquote_to_bytes(path), safe='/-_.~'),
        '&'.join(quote(k) + '=' + quote(v) for k, v in pairs),
        ''.join('%s:%s\n' % (n, headers[n].strip()) for n in names),
        ';'.join(names), headers['x-amz-content-sha256']])
    date = headers['x-amz-date']
    scope = '%s/%s/s3/aws4_request' % (day, region)
    to_sign = '\n'.join(['AWS4-HMAC-SHA256', date, scope,
                         hashlib.sha256(canonical.encode()).hexdigest()])
    k = ('AWS4' + SECRET).encode()
    for part in (day, region, 's3', 'aws4_request', to_sign):
        k = hmac.new(k, part.encode(), hashlib.sha256).digest()
    if k.hex() != signature or not date.startswith(day):
        return 'SignatureDoesNotMatch'
    sent = calendar.timegm(time.strptime(date, '%Y%m%dT%H%M%SZ'))
    if abs(sent - (time.time() + clock_offset)) > 900:
        return 'RequestTimeTooSkewed'
    if headers.get('x-amz-security-token', TOKEN) != TOKEN:
        return 'InvalidToken'
    return None


def error_body(code):
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>%s</Code><Message>Some text</Message>'
            '<Region>eu-test-1</Region><RequestId>REQ-IN-BODY</RequestId></Error>' % code).encode()


def error(status, code):
    return status, {'x-amz-request-id': 'REQ1'}, error_body(code) if code else b''


def listing(params):
    quote = lambda s: urllib.parse.quote_plus(s, safe='/*-._')
    prefix = params.get('prefix', '')
    after = params.get('start-after', '')
    if 'continuation-token' in params:
        after = urllib.parse.unquote_plus(params['continuation-token'])
    with lock:
        keys = sorted((k for k in objects if k.startswith(prefix) and k.encode() > after.encode()),
                      key=str.encode)
        page, rest = keys[:PAGE], keys[PAGE:]
        rows = ''.join('<Contents><Key>%s</Key><LastModified>x</LastModified><Size>%d</Size></Contents>'
                       % (quote(k), len(objects[k])) for k in page)
    body = ('<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/'
            '2006-03-01/"><Name>bucket</Name>%s<IsTruncated>%s</IsTruncated>%s<EncodingType>url'
            '</EncodingType></ListBucketResult>' %
            (rows, 'true' if rest else 'false',
             '<NextContinuationToken>%s</NextContinuationToken>' % quote(page[-1]).replace('&', '&amp;')
             if rest else ''))
    # The token is opaque: the client hands it back as it is, quoted.
    return 200, {}, body.encode()


def handle_object(method, key, headers, body):
    with lock:
        old = objects.get(key)
        if method == 'PUT':
            if headers.get('if-none-match') == '*' and old is not None:
                return error(412, 'PreconditionFailed')
            objects[key] = body
            return 200, {'ETag': '"%s"' % hashlib.md5(body).hexdigest()}, b''
        if method == 'DELETE':
            objects.pop(key, None)
            return 204, {}, b''
        if old is None:
            return error(404, 'NoSuchKey')
    extra = {'ETag': '"%s"' % hashlib.md5(old).hexdigest()}
    m = re.match(r'bytes=(\d+)-(\d*)$', headers.get('range', ''))
    if not m:
        return 200, extra, old
    first = int(m.group(1))
    last = min(int(m.group(2) or len(old) - 1), len(old) - 1)
    if first >= len(old):
        return 416, {'Content-Range': 'bytes */%d' % len(old)}, error_body('InvalidRange')
    extra['Content-Range'] = 'bytes %d-%d/%d' % (first, last, len(old))
    return 206, extra, old[first:last + 1]


def handle(method, path, query, headers, body):
    global clock_offset
    if path.startswith('/_clock/'):
        clock_offset = int(path[8:])
        return 200, {}, b''
    code = sign(method, path, query, headers, headers.get('authorization', ''))
    if code:
        return error(403, code)
    if hashlib.sha256(body).hexdigest() != headers['x-amz-content-sha256']:
        return error(400, 'XAmzContentSHA256Mismatch')
    parts = urllib.parse.unquote(path).split('/', 2)
    if parts[1] != BUCKET:
        return error(404, 'NoSuchBucket')
    if len(parts) == 2 or not parts[2]:
        return listing({k: urllib.parse.unquote(v) for k, v in
                        (p.split('=', 1) for p in query.split('&') if p)})
    return handle_object(method, parts[2], headers, body)


def behaviour_of(path, query):
    text = urllib.parse.unquote(path) + '?' + urllib.parse.unquote(query)
    m = re.search(r'script/([^/]*)/', text)
    if not m:
        return 'ok'
    script = m.group(1).split(',')
    name = re.sub(r'continuation-token=[^&]*&', '', text)
    with lock:
        n = counts.get(name, 0)
        counts[name] = n + 1
    return script[min(n, len(script) - 1)]


class Connection:
    def __init__(self, sock):
        self.sock = sock
        self.buffer = b''
        self.served = 0

    def more(self):
        data = self.sock.recv(65536)
        if not data:
            raise Close
        self.buffer += data

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        raise Close

    def send(self, method, status, extra, body, cut=False, slow=False):
        lines = ['HTTP/1.1 %d Text' % status,
                 'Date: ' + time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime(time.time() + clock_offset)),
                 'Content-Length: %d' % len(body)]
        lines += ['%s: %s' % pair for pair in extra.items()]
        head = ('\r\n'.join(lines) + '\r\n\r\n').encode()
        if method == 'HEAD' or status in (204, 304):
            body = b''
        if cut:
            self.sock.sendall(head + body[:len(body) // 2])
            raise Close
        if slow:
            data = head + body
            for i in range(6):
                self.sock.sendall(data[i * len(data) // 6:(i + 1) * len(data) // 6])
                time.sleep(0.05)
        else:
            self.sock.sendall(head + body)

    def serve_one(self):
        while b'\r\n\r\n' not in self.buffer:
            self.more()
        head, self.buffer = self.buffer.split(b'\r\n\r\n', 1)
        lines = head.decode('latin-1').split('\r\n')
        method, target, _ = lines[0].split(' ')
        headers = {k.lower(): v.strip() for k, v in (l.split(':', 1) for l in lines[1:])}
        path, _, query = target.partition('?')
        act = behaviour_of(path, query)
        if act == 'early':
            self.send(method, *error(403, 'AccessDenied'))
            raise Close
        length = int(headers.get('content-length', '0'))
        while len(self.buffer) < length:
            self.more()
        body, self.buffer = self.buffer[:length], self.buffer[length:]
        self.act(act, method, path, query, headers, body)
        self.served += 1

    def act(self, act, method, path, query, headers, body):
        if act == 'hang':
            time.sleep(3600)
        if act == 'reset':
            self.reset()
        m = re.match(r'(\d{3})(?::(\w*))?$', act)
        if m:
            return self.send(method, *error(int(m.group(1)), m.group(2)))
        if act == 'garbage':
            return self.send(method, 200, {}, b'<html>this is & not what you want')
        if act == 'doctype':
            return self.send(method, 200, {}, b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa">]>'
                             b'<ListBucketResult><Contents><Key>&a;</Key><Size>1</Size></Contents>'
                             b'</ListBucketResult>')
        if act == 'endless':
            return self.send(method, 200, {}, b'<ListBucketResult><IsTruncated>true</IsTruncated>'
                             b'<NextContinuationToken>same</NextContinuationToken></ListBucketResult>')
        if act == 'foreign':
            return self.send(method, 200, {}, b'<ListBucketResult><Contents><Key>etc/passwd</Key>'
                             b'<Size>1</Size></Contents></ListBucketResult>')
        if act == 'huge':
            self.sock.sendall(b'HTTP/1.1 200 OK\r\nContent-Type: x\r\n\r\n')
            while True:
                self.sock.sendall(b'x' * 65536)
        if act == 'wholebody':
            headers.pop('range', None)
        answer = handle(method, path, query, headers, body)
        if act == 'done-reset' or (act == 'kept-reset' and self.served > 0):
            self.reset()
        if act == 'done-hang':
            time.sleep(3600)
        self.send(method, *answer, cut=act == 'cut', slow=act == 'slow')

    def run(self):
        try:
            while True:
                self.serve_one()
        except (Close, OSError):
            pass
        finally:
            self.sock.close()


def main():
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind(('127.0.0.1', 0))
    server.listen(64)
    os.write(1, b'%d\n' % server.getsockname()[1])     # in one piece

    def accept():
        while True:
            sock, _ = server.accept()
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=Connection(sock).run, daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


main()
