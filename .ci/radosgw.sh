#!/usr/bin/env bash
# Starts Ceph on loopback for the tests of the bucket: one monitor, one storage daemon in memory and one S3 gateway.
# Unlike the store of `npm test`, Ceph checks signatures, checksums and preconditions.
#
#   .ci/radosgw.sh start FOLDER   installs Debian's packages if they are missing, starts Ceph, and writes the
#                                 environment of the tests to FOLDER/environment
#   .ci/radosgw.sh stop FOLDER    ends the processes and deletes the folder
#
# Needs root only for the installation.
set -Eeuo pipefail

readonly PACKAGES=(ceph-mon ceph-osd ceph-common radosgw)
readonly ACCESS_KEY=portrait SECRET_KEY=portrait-secret

install_packages() {
  if command -v ceph-mon ceph-osd radosgw radosgw-admin >/dev/null; then
    return
  fi
  if ! command -v apt-get >/dev/null || [ "$(id -u)" != 0 ]; then
    echo "Ceph is not installed. To install ${PACKAGES[*]}, run this script as root on a system with apt-get." >&2
    exit 1
  fi
  echo "Installing ${PACKAGES[*]}"
  apt-get update --quiet=2
  DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends "${PACKAGES[@]}" >/dev/null
}

# Prints two free ports, for the monitor and the gateway.
free_ports() {
  node -e '
    const servers = [0, 0].map(() => require("node:net").createServer().listen(0, "127.0.0.1"));
    Promise.all(servers.map((server) => require("node:events").once(server, "listening"))).then(() => {
      console.log(...servers.map((server) => server.address().port));
      for (const server of servers) server.close();
    });'
}

wait_for() {
  for _ in $(seq 300); do
    if "$@" >/dev/null 2>&1; then
      return 0
    fi
    sleep 0.1
  done
  echo "Timed out after 30 seconds: $*" >&2
  "$@" >&2
  return 1
}

start() {
  local folder fsid osd_uuid mon_port gateway_port
  install_packages
  mkdir -p "$1"
  folder=$(realpath "$1")
  # shellcheck disable=SC2064 # expand the folder now
  trap "fail '$folder'" ERR
  fsid=$(cat /proc/sys/kernel/random/uuid)
  osd_uuid=$(cat /proc/sys/kernel/random/uuid)
  read -r mon_port gateway_port <<<"$(free_ports)"
  export CEPH_CONF=$folder/ceph.conf
  cat >"$CEPH_CONF" <<EOF
[global]
fsid = $fsid
mon initial members = a
mon host = [v2:127.0.0.1:$mon_port]
ms bind msgr1 = false
public addr = 127.0.0.1
run dir = $folder
admin socket = $folder/\$name.asok
pid file = $folder/\$name.pid
log file = $folder/\$name.log
keyring = $folder/\$name.keyring
osd crush chooseleaf type = 0
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 4
osd pool default pgp num = 4
osd pool default pg autoscale mode = off
[mon]
keyring = $folder/monitor.keyring
mon data = $folder/mon
mon allow pool size one = true
mon max pg per osd = 1000
[osd]
osd data = $folder/osd
osd objectstore = memstore
memstore device bytes = 1073741824
[client.gateway]
rgw frontends = beast endpoint=127.0.0.1:$gateway_port
EOF
  mkdir "$folder/mon" "$folder/osd"

  ceph-authtool --create-keyring "$folder/client.admin.keyring" --gen-key -n client.admin \
    --cap mon 'allow *' --cap osd 'allow *' >/dev/null
  ceph-authtool --create-keyring "$folder/monitor.keyring" --gen-key -n mon. --cap mon 'allow *' >/dev/null
  ceph-authtool "$folder/monitor.keyring" --import-keyring "$folder/client.admin.keyring" >/dev/null
  monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$mon_port]" "$folder/monmap" >/dev/null
  ceph-mon --mkfs -i a --monmap "$folder/monmap" --keyring "$folder/monitor.keyring"
  ceph-mon -i a
  wait_for ceph --connect-timeout 2 status

  ceph osd new "$osd_uuid" >/dev/null
  ceph auth get-or-create osd.0 mon 'allow profile osd' osd 'allow *' >"$folder/osd.0.keyring"
  ceph-osd -i 0 --mkfs --osd-uuid "$osd_uuid" 2>/dev/null
  ceph-osd -i 0 >/dev/null 2>&1
  ceph auth get-or-create client.gateway mon 'allow rw' osd 'allow rwx' >"$folder/client.gateway.keyring"
  radosgw-admin user create --uid portrait --display-name Portrait \
    --access-key "$ACCESS_KEY" --secret-key "$SECRET_KEY" >/dev/null 2>"$folder/radosgw-admin.log"
  radosgw -n client.gateway
  wait_for curl --silent --fail --output /dev/null "http://127.0.0.1:$gateway_port/"

  cat >"$folder/environment" <<EOF
export S3_TEST_ENDPOINT=http://127.0.0.1:$gateway_port
export S3_TEST_ACCESS_KEY_ID=$ACCESS_KEY
export S3_TEST_SECRET_ACCESS_KEY=$SECRET_KEY
EOF
}

fail() {
  tail --lines=20 "$1"/*.log >&2 || true
  stop "$1"
  echo 'Ceph could not be started. Its logs are above.' >&2
  exit 1
}

stop() {
  local folder=$1 pids
  pids=$(cat "$folder"/*.pid 2>/dev/null || true)
  for pid in $pids; do
    kill -KILL "$pid" 2>/dev/null || true
  done
  rm -rf "$folder"
}

case "${1:-} ${2:+folder}" in
  'start folder') start "$2" ;;
  'stop folder') stop "$2" ;;
  *)
    echo "Usage: $0 start|stop FOLDER" >&2
    exit 2
    ;;
esac
