#!/bin/bash
# Runs scripts in a machine of their own, as root at its first boot: this system's files as a copy that is thrown away, no
# network but the one of network.py, no other process. To be run as root, by
#
#   unshare --mount --net --pid --fork --kill-child run.sh FOLDER
#
# The folder is network.py's, and has steps/: scripts that are run one after another. Each leaves NAME.out and NAME.code.
# changes/ becomes what was changed of the system, before/ what of it was when the first of them began.
set -euo pipefail

folder="$1"
here="$(dirname "$(realpath "$0")")"
stage="$folder/stage"
root="$stage/root"

# What was changed so far. A link becomes a file that says where it leads; what was deleted is left out.
keep() {
  mkdir "$1"
  cp -a "$stage/upper/." "$root/root" "$root/tmp" "$1/"
  find "$1" ! -type f ! -type d ! -type l -delete
  find "$1" -type l -print0 | while IFS= read -r -d '' link; do
    leads="$(readlink "$link")"
    rm "$link"
    printf %s "$leads" >"$link"
  done
}

mkdir -p "$stage"
mount -t tmpfs tmpfs "$stage"
mkdir -p "$stage/upper" "$stage/work" "$root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$stage/upper,workdir=$stage/work" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
# What is somebody's is not there.
mkdir -p "$root/home" "$root/root"
for own in home root tmp var/tmp; do
  mount -t tmpfs tmpfs "$root/$own"
done

# An Amazon Linux as far as packages go: its key, its repository, the place of its list of packages.
rm -rf "$root/etc/yum.repos.d" "$root/etc/pki/rpm-gpg" "$root/var/lib/rpm" "$root/var/cache/dnf"
mkdir -p "$root/etc/yum.repos.d" "$root/etc/pki/rpm-gpg" "$root/etc/rpm" "$root/var/lib/rpm"
echo '%_dbpath /var/lib/rpm' >"$root/etc/rpm/macros"
cp "$folder/keys/amazon.asc" "$root/etc/pki/rpm-gpg/RPM-GPG-KEY-amazon-linux-2023"
cat >"$root/etc/yum.repos.d/amazonlinux.repo" <<'REPO'
[amazonlinux]
name=amazonlinux
baseurl=https://cdn.amazonlinux.com
enabled=1
gpgcheck=1
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-amazon-linux-2023
REPO

cp "$folder"/base/*.rpm "$root/tmp/"
chroot "$root" dnf install --quiet --assumeyes --disablerepo='*' --nogpgcheck /tmp/system-release-2023-1.noarch.rpm
rm "$root"/tmp/*.rpm

# A name that is not here is not found.
ip link set lo up
ip address add 169.254.169.254/32 dev lo
bucket="$(cat "$folder/bucket-name")"
hosts="localhost secretsmanager.us-east-1.amazonaws.com $bucket.s3.us-east-1.amazonaws.com"
for served in "$folder"/web/*/; do
  [ ! -d "$served" ] || hosts="$hosts $(basename "$served")"
done
echo "127.0.0.1 $hosts" >"$root/etc/hosts"
echo 'hosts: files' >"$root/etc/nsswitch.conf"
cat "$folder/tls.crt" >>"$root/etc/ssl/certs/ca-certificates.crt"
mkdir "$root/root/.aws"
printf '[default]\nca_bundle = /etc/ssl/certs/ca-certificates.crt\n' >"$root/root/.aws/config"

python3 "$here/network.py" "$folder" &
for _ in $(seq 100); do
  [ ! -e "$folder/listening" ] || break
  sleep 0.1
done
[ -e "$folder/listening" ]

# From here on, changes are the scripts'.
keep "$folder/before"
script="/var/lib/cloud/instance/scripts/part-001"
mkdir -p "$root${script%/*}"
for step in "$folder"/steps/*; do
  install -m 0700 "$step" "$root$script"
  code=0
  env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    chroot "$root" "$script" >"$step.out" 2>&1 </dev/null || code=$?
  echo "$code" >"$step.code"
done

keep "$folder/changes"
