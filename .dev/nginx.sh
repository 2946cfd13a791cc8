#!/bin/sh
# Prints the path of an nginx for the test of the site's own path: the system's, or Debian's package
# unpacked into the venv. It is not installed, since the package starts a web server on port 80.
set -eu
cd "$(dirname "$0")/.."
folder=$PWD/.venv/nginx

PATH=$PATH:/usr/sbin
if command -v nginx; then exit 0; fi
if [ ! -x "$folder/usr/sbin/nginx" ]; then
  command -v apt-get >/dev/null 2>&1 || { echo "no nginx here: the test behind it is skipped" >&2; exit 1; }
  mkdir -p "$folder"
  if ! (cd "$folder" && apt-get download -qq nginx >/dev/null 2>&1); then
    # A fresh machine has no lists of packages yet, and only root can fetch them.
    [ "$(id -u)" = 0 ] && apt-get update -qq >&2
    (cd "$folder" && apt-get download -qq nginx >/dev/null 2>&1) || { echo "nginx cannot be fetched" >&2; exit 1; }
  fi
  dpkg-deb -x "$folder"/nginx_*.deb "$folder"
fi
echo "$folder/usr/sbin/nginx"
