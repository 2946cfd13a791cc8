#!/bin/sh
# Prints the path of a file of a Debian package that the durability tests need: the system's, or the
# package's, unpacked into the venv with the library it needs.
# usage: debian.sh strace | faketime
set -eu
cd "$(dirname "$0")/.."

case ${1:-} in
  strace) packages="strace libunwind8" file=usr/bin/strace ;;
  faketime) packages=libfaketime file='usr/lib/*/faketime/libfaketimeMT.so.1' ;;
  *) echo "usage: debian.sh strace | faketime" >&2; exit 2 ;;
esac
folder=$PWD/.venv/debian/$1

for found in /$file; do
  if [ -e "$found" ]; then echo "$found"; exit 0; fi
done
if [ ! -e "$folder/ready" ]; then
  command -v apt-get >/dev/null 2>&1 || { echo "no $1 here: the tests behind it are skipped" >&2; exit 1; }
  mkdir -p "$folder"
  if ! (cd "$folder" && apt-get download -qq $packages >/dev/null 2>&1); then
    # A fresh machine has no lists of packages yet, and only root can fetch them.
    [ "$(id -u)" = 0 ] && apt-get update -qq >&2
    (cd "$folder" && apt-get download -qq $packages >/dev/null 2>&1) || { echo "$1 cannot be fetched" >&2; exit 1; }
  fi
  for package in "$folder"/*.deb; do dpkg-deb -x "$package" "$folder"; done
  if [ "$1" = strace ]; then
    # Started beside the library that came with it.
    mv "$folder/usr/bin/strace" "$folder/usr/bin/strace.program"
    cat > "$folder/usr/bin/strace" <<EOF
#!/bin/sh
LD_LIBRARY_PATH=$(echo "$folder"/usr/lib/*/) exec "$folder/usr/bin/strace.program" "\$@"
EOF
    chmod +x "$folder/usr/bin/strace"
  fi
  touch "$folder/ready"
fi
for found in "$folder"/$file; do echo "$found"; done
