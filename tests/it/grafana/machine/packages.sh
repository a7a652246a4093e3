#!/bin/bash
# Makes packages in the place of those that a Grafana host installs, signed by keys that are made here:
#
#   FOLDER/keys/WHO.asc            public keys of grafana, amazon and a stranger
#   FOLDER/signer                  the fingerprint of the first
#   FOLDER/by-WHO/                 the package grafana, signed by grafana, by the stranger, by nobody
#   FOLDER/by-amazon/              the package freetype, that grafana requires
#   FOLDER/base/                   the package that says what the machine has
#   FOLDER/keys/both.asc           those of grafana and the stranger
#   FOLDER/keys/adopted.asc        the stranger's, with that of grafana as a subkey
#   FOLDER/repositories/HOST/      what rpm.grafana.com and cdn.amazonlinux.com serve
#   FOLDER/taken/                  what rpm.grafana.com serves when the stranger has it
#   FOLDER/plugin.zip              the datasource, as a zip of one file
#   FOLDER/tls.crt, FOLDER/tls.key who answers over HTTPS
set -euo pipefail

folder="$1" version="$2"
plugin="grafana-redshift-datasource"
ring="$(mktemp -d)"
export GNUPGHOME="$ring"
trap 'gpgconf --kill all; rm -rf "$ring"' EXIT
cd "$folder"

# NAME, its spec's own lines on standard input: the package as build/noarch/NAME-….rpm.
build() {
  mkdir -p build
  cat >"build/$1.spec"
  rpmbuild -bb --quiet --define "_topdir $folder/build" --define "_rpmdir $folder/build" "build/$1.spec"
}

# WHO FILE...: signs packages.
sign() {
  local who="$1"
  shift
  rpmsign --define "_gpg_name $who" --define "__gpg $(command -v gpg)" --addsign "$@" >/dev/null
}

# WHO FOLDER REPOSITORY: makes one of the packages of a folder, its list signed.
serve() {
  local at="$3"
  mkdir -p "$at"
  cp "$2"/*.rpm "$at/"
  createrepo_c --quiet "$at"
  gpg --batch --quiet --armor --detach-sign --local-user "$1" "$at/repodata/repomd.xml"
}

mkdir -p keys by-grafana by-stranger by-nobody by-amazon base
for who in stranger grafana amazon; do
  gpg --batch --quiet --passphrase '' --quick-gen-key "$who@example.com" rsa3072 sign never
  gpg --batch --armor --export "$who@example.com" >"keys/$who.asc"
done
gpg --batch --armor --export grafana@example.com stranger@example.com >keys/both.asc
gpg --batch --with-colons --fingerprint grafana@example.com | awk -F: '$1 == "fpr" { printf "%s", $10; exit }' >signer
# At the time at which it was made it keeps its fingerprint. Here its secret part is known, which it need not be.
read -r made grip < <(gpg --batch --with-colons --with-keygrip --list-keys grafana@example.com |
  awk -F: '$1 == "pub" { printf "%s ", $6 } $1 == "grp" { print $10; exit }')
printf '%s\n' addkey 13 "$grip" s e q 0 save |
  gpg --quiet --no-tty --expert --pinentry-mode loopback --passphrase '' --faked-system-time "$made!" --command-fd 0 \
    --edit-key stranger@example.com >/dev/null
gpg --batch --armor --export stranger@example.com >keys/adopted.asc
gpg --batch --with-colons --fingerprint --fingerprint stranger@example.com | grep --quiet "^fpr:*$(cat signer):"

build system-release <<'SPEC'
Name: system-release
Version: 2023
Release: 1
Summary: What an Amazon Linux has anyway
License: none
BuildArch: noarch
Provides: /bin/sh
%description
%{summary}.
%files
SPEC

build freetype <<'SPEC'
Name: freetype
Version: 2.13.2
Release: 1
Summary: What Grafana requires, of the distribution
License: none
BuildArch: noarch
%description
%{summary}.
%files
SPEC

# As Grafana's own does, it makes its group and user, and brings a unit and the program. Of that, the command line alone.
build grafana <<SPEC
Name: grafana
Version: $version
Release: 1
Summary: In the place of Grafana
License: none
BuildArch: noarch
Requires: freetype
%description
%{summary}.
%pre
getent group grafana >/dev/null || groupadd --system grafana
getent passwd grafana >/dev/null || useradd --system --gid grafana --home-dir /usr/share/grafana --shell /sbin/nologin grafana
%install
mkdir -p %{buildroot}/usr/sbin %{buildroot}/usr/lib/systemd/system %{buildroot}/usr/share/grafana %{buildroot}/var/lib/grafana
cat >%{buildroot}/usr/sbin/grafana <<'PROGRAM'
#!/bin/bash
# grafana cli --homepath DIR --pluginsDir DIR [--pluginUrl FILE] plugins install NAME [VERSION]
set -euo pipefail
[ "\$1 \$2" = "cli --homepath" ] && [ -d "\$3" ] && [ "\$4" = --pluginsDir ] && [ -d "\$5" ]
into="\$5"
shift 5
if [ "\$1" = --pluginUrl ]; then
  zip="\$2"
  shift 2
else
  zip="\$(mktemp)"
  trap 'rm -f "\$zip"' EXIT
  curl --fail --silent --show-error --output "\$zip" "https://grafana.com/api/plugins/\$3/versions/\$4/download"
fi
[ "\$1 \$2" = "plugins install" ]
python3 -m zipfile -e "\$zip" "\$into"
PROGRAM
cat >%{buildroot}/usr/lib/systemd/system/grafana-server.service <<'UNIT'
[Service]
ExecStart=/usr/sbin/grafana server
User=grafana
[Install]
WantedBy=multi-user.target
UNIT
%files
%attr(0755, root, root) /usr/sbin/grafana
/usr/lib/systemd/system/grafana-server.service
%dir /usr/share/grafana
%dir /var/lib/grafana
SPEC

cp build/noarch/system-release-*.rpm base/
cp build/noarch/freetype-*.rpm by-amazon/
for who in grafana stranger nobody; do
  cp build/noarch/grafana-*.rpm "by-$who/"
done
sign amazon@example.com by-amazon/*.rpm base/*.rpm
sign grafana@example.com by-grafana/*.rpm
sign stranger@example.com by-stranger/*.rpm

serve grafana@example.com by-grafana repositories/rpm.grafana.com
cp keys/grafana.asc repositories/rpm.grafana.com/gpg.key
serve amazon@example.com by-amazon repositories/cdn.amazonlinux.com
serve stranger@example.com by-stranger taken
cp keys/both.asc taken/gpg.key

mkdir "$plugin"
echo '{ "type": "datasource" }' >"$plugin/plugin.json"
python3 -m zipfile -c plugin.zip "$plugin"
rm -r "$plugin" build

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=network -keyout tls.key -out tls.crt \
  -addext "subjectAltName=DNS:*.grafana.com,DNS:grafana.com,DNS:*.amazonlinux.com,DNS:*.us-east-1.amazonaws.com,DNS:*.s3.us-east-1.amazonaws.com" 2>/dev/null
