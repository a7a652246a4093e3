#!/bin/bash
# Makes this machine, an Amazon Linux 2023, the Grafana host: packages, settings, datasource, dashboards. It can be run
# again. What it needs lies in the folder that it is given; what it is told:
#
#   SENTISTACK_REGION      the region of the warehouse
#   SENTISTACK_REDSHIFT    cluster, serverless, or none: what the warehouse is
#   SENTISTACK_WAREHOUSE   the cluster's identifier, or the workgroup's name
#   SENTISTACK_DATABASE    its database
#   SENTISTACK_SECRET      the secret that holds the administrator's password
#   SENTISTACK_NETWORK     egress: what is not in packages/ is downloaded; private: nothing is
#   INSTALL_ROOT           a test has this; a machine's own is /
set -euo pipefail

# Versions are pinned. Who signs Grafana's packages is known by this: https://rpm.grafana.com has the key.
grafana=13.2.3
plugin="grafana-redshift-datasource"
plugin_version=2.5.0
signer=B53AE77BADB630A683046005963FA27710458545

files="$1"
root="${INSTALL_ROOT:-}"
settings="$root/etc/grafana"
own="$settings/sentistack"
plugins="$root/var/lib/grafana/plugins"
key="$root/etc/pki/rpm-gpg/RPM-GPG-KEY-grafana"
ring="$(mktemp -d)"
trap 'rm -rf "$ring"' EXIT

fail() {
  echo "grafana: $*" >&2
  exit 1
}

downloads() { [ "$SENTISTACK_NETWORK" = egress ]; }

# Sums beside the packages, as sha256sum writes them: every file that lies there must be named, and as it was.
check_sums() {
  local sums="$files/packages/SHA256SUMS" named file
  [ -f "$sums" ] || return 0
  (cd "$files/packages" && sha256sum --check --strict --quiet SHA256SUMS) ||
    fail "packages/ in the bucket is not what its SHA256SUMS says: put the files there again"
  named="$(sed -E 's/^[0-9a-f]{64} [ *]//' "$sums")"
  for file in "$files"/packages/*; do
    file="${file##*/}"
    [ "$file" = SHA256SUMS ] || grep --quiet --fixed-strings --line-regexp -- "$file" <<<"$named" ||
      fail "packages/$file in the bucket is not in its SHA256SUMS: add it there, or take it away"
  done
}

# Of the keys in a file only the one that is known is taken, whatever else is in it. Anyone can make it a subkey of a key of
# their own, so what is taken must be that key itself.
take_key() {
  local from="$files/packages/gpg.key"
  if [ ! -f "$from" ]; then
    downloads || fail "packages/gpg.key is missing in the bucket, and this network downloads nothing"
    from="$ring/gpg.key"
    curl --fail --silent --show-error --location --proto '=https' --max-time 60 --retry 3 \
      --output "$from" https://rpm.grafana.com/gpg.key
  fi
  gpg --batch --quiet --no-tty --homedir "$ring" --import "$from"
  gpg --batch --quiet --no-tty --homedir "$ring" --armor --export "$signer" >"$ring/taken"
  [ -s "$ring/taken" ] || fail "$from does not hold the key $signer"
  local itself
  itself="$(gpg --batch --quiet --no-tty --homedir "$ring" --with-colons --show-keys "$ring/taken" |
    awk -F: '$1 == "pub" { own = 1 } $1 == "fpr" && own { print $10; own = 0 }')"
  [ "$itself" = "$signer" ] || fail "$from holds the key $signer as a part of another key"
  mkdir -p "${key%/*}"
  install -m 0644 "$ring/taken" "$key"
  rpm --import "$key"
}

install_grafana() {
  if rpm --query --quiet "grafana-$grafana"; then
    return
  fi
  take_key
  local packages=("$files"/packages/*.rpm)
  if [ -f "${packages[0]}" ]; then
    # What Grafana needs beside itself is Amazon's, signed by the key that the machine came with.
    local came
    for came in "$root"/etc/pki/rpm-gpg/RPM-GPG-KEY-amazon-linux-*; do
      [ ! -f "$came" ] || rpm --import "$came"
    done
    local reached=()
    downloads || reached=(--disablerepo='*')
    # dnf looks at signatures of files only when it is told to.
    dnf install --assumeyes "${reached[@]}" --setopt=localpkg_gpgcheck=1 "${packages[@]}"
  else
    downloads || fail "packages/ has no Grafana $grafana, and this network downloads nothing"
    mkdir -p "$root/etc/yum.repos.d"
    cat >"$root/etc/yum.repos.d/grafana.repo" <<REPO
[grafana]
name=grafana
baseurl=https://rpm.grafana.com
enabled=1
gpgcheck=1
repo_gpgcheck=1
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-grafana
sslverify=1
REPO
    dnf install --assumeyes "grafana-$grafana"
  fi
  rpm --query --quiet "grafana-$grafana" || fail "what was installed is not Grafana $grafana"
}

# Grafana itself checks the plugin's signature whenever it starts, and leaves out what is not signed.
install_plugin() {
  local zips=("$files/packages/$plugin-$plugin_version"*.zip)
  [ "${#zips[@]}" -eq 1 ] || fail "packages/ has ${#zips[@]} of $plugin-$plugin_version*.zip: leave the one for $(uname -m)"
  mkdir -p "$plugins"
  if [ -f "${zips[0]}" ]; then
    grafana cli --homepath /usr/share/grafana --pluginsDir "$plugins" --pluginUrl "${zips[0]}" plugins install "$plugin"
  else
    downloads || fail "packages/ has no $plugin-$plugin_version*.zip, and this network downloads nothing"
    grafana cli --homepath /usr/share/grafana --pluginsDir "$plugins" plugins install "$plugin" "$plugin_version"
  fi
}

# Readable by root and Grafana, and by nobody else.
own_file() {
  chgrp grafana "$1"
  chmod 0640 "$1"
}

# The password goes from Secrets Manager into its file: it is in no argument, no environment and no log.
write_password() {
  local file="$own/admin-password"
  (umask 077 && : >"$file")
  aws secretsmanager get-secret-value --region "$SENTISTACK_REGION" --secret-id "$SENTISTACK_SECRET" \
    --query SecretString --output text >"$file"
  [ -s "$file" ] || fail "the secret is empty"
  own_file "$file"
}

write_settings() {
  mkdir -p "$own/dashboards" "$settings/provisioning/dashboards" "$settings/provisioning/datasources"
  install -m 0644 "$files"/dashboards/*.json "$own/dashboards/"
  install -m 0640 "$files/grafana.ini" "$settings/grafana.ini"
  chgrp grafana "$settings/grafana.ini"
  install -m 0644 "$files/provisioning/dashboards/sentistack.yaml" "$settings/provisioning/dashboards/"
  local source="$settings/provisioning/datasources/sentistack.yaml"
  rm -f "$source"
  case "$SENTISTACK_REDSHIFT" in
    cluster | serverless)
      install -m 0644 "$files/provisioning/datasources/redshift-$SENTISTACK_REDSHIFT.yaml" "$source"
      ;;
    none) echo "grafana: there is no warehouse, so there is no datasource" ;;
    *) fail "SENTISTACK_REDSHIFT is cluster, serverless or none, and not $SENTISTACK_REDSHIFT" ;;
  esac
}

# What the provisioned datasource is filled in with.
write_unit() {
  local unit="$root/etc/systemd/system/grafana-server.service.d"
  mkdir -p "$unit"
  cat >"$unit/sentistack.conf" <<UNIT
[Service]
Environment="SENTISTACK_REGION=$SENTISTACK_REGION"
Environment="SENTISTACK_WAREHOUSE=$SENTISTACK_WAREHOUSE"
Environment="SENTISTACK_DATABASE=$SENTISTACK_DATABASE"
UNIT
}

start() {
  systemctl daemon-reload
  systemctl enable grafana-server
  systemctl restart grafana-server
  local tries=60
  until curl --fail --silent --max-time 5 --output /dev/null http://127.0.0.1:3000/api/health; do
    tries=$((tries - 1))
    [ "$tries" -gt 0 ] || fail "it does not answer"
    sleep 2
  done
  echo "grafana: Grafana $grafana is up"
}

umask 022
check_sums
install_grafana
install_plugin
write_settings
write_password
write_unit
start
