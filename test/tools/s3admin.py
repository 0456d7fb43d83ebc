#!/usr/bin/python3
"""Buckets, users and policies on the MinIO that test/tools/minio.sh started.

As a program:   s3admin.py bucket NAME
                s3admin.py user NAME SECRET BUCKET ACTION...     e.g. GetObject PutObject ListBucket
                s3admin.py policy NAME FILE.json                 attach a policy document to a user
                s3admin.py remove-user NAME
As a module:    S3Admin().bucket("demo"); S3Admin().user("reader", "secret-of-8", "demo", ["GetObject"])

The server and the root credentials come from the environment (NAMIDB_TEST_S3_*, NAMIDB_TEST_MC).
"""
import json
import os
import subprocess
import sys
import tempfile
from urllib.parse import urlsplit


class S3Admin:
    def __init__(self, env=os.environ):
        url = urlsplit(env["NAMIDB_TEST_S3_ENDPOINT"])
        self.mc_program = env["NAMIDB_TEST_MC"]
        self.host = "%s://%s:%s@%s" % (url.scheme, env["NAMIDB_TEST_S3_ACCESS_KEY"], env["NAMIDB_TEST_S3_SECRET_KEY"], url.netloc)

    def mc(self, *args):
        """Runs the client against the server, which it calls "t"; raises with the client's words on failure."""
        with tempfile.TemporaryDirectory() as config:
            done = subprocess.run([self.mc_program, "--config-dir", config, "--quiet", *args], text=True, timeout=60,
                                  stdin=subprocess.DEVNULL, capture_output=True, env={**os.environ, "MC_HOST_t": self.host})
        if done.returncode != 0:
            raise RuntimeError("mc %s: %s" % (" ".join(args), (done.stderr or done.stdout).strip()))
        return done.stdout

    def bucket(self, name):
        self.mc("mb", "--ignore-existing", "t/" + name)

    def user(self, name, secret, bucket, actions):
        """Makes a user that may do these S3 actions on this bucket and its objects, and nothing else."""
        self.mc("admin", "user", "add", "t", name, secret)
        self.policy(name, {"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": ["s3:" + a for a in actions],
             "Resource": ["arn:aws:s3:::" + bucket, "arn:aws:s3:::" + bucket + "/*"]}]})

    def policy(self, user, document):
        """Attaches a policy document to a user."""
        name = user + "-policy"
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(document, file)
            file.flush()
            self.mc("admin", "policy", "create", "t", name, file.name)
        self.mc("admin", "policy", "attach", "t", name, "--user", user)

    def remove_user(self, name):
        self.mc("admin", "user", "remove", "t", name)


def main(args):
    admin = S3Admin()
    if args[:1] == ["bucket"] and len(args) == 2:
        admin.bucket(args[1])
    elif args[:1] == ["user"] and len(args) >= 5:
        admin.user(args[1], args[2], args[3], args[4:])
    elif args[:1] == ["policy"] and len(args) == 3:
        with open(args[2], encoding="utf-8") as file:
            admin.policy(args[1], json.load(file))
    elif args[:1] == ["remove-user"] and len(args) == 2:
        admin.remove_user(args[1])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
