#!/usr/bin/env bash
# Installs on Debian what `deno task build:engines` builds for other platforms with, and with --verify also what
# `deno task verify:targets` runs their libraries in. Says what it does; what is there already is left alone.
set -euo pipefail

VENV="${XDG_CACHE_HOME:-$HOME/.cache}/flipt-ffi/cross"
ARM64=(libc6 libgcc-s1 libstdc++6 libatomic1 musl)
SYSROOT="$VENV-sysroot-aarch64"
MUSL_CXX="$VENV-musl-cxx"
VERIFIES=0
# Debian's Rust for building browsers: new, and with the sources of the standard library.
BUILD=(rustc-web cargo-web rust-web-src lld-19 gcc-mingw-w64-x86-64-win32 python3-venv python3-pip)
VERIFY=(musl qemu-user wine wine64)

packages=("${BUILD[@]}")
for argument in "$@"; do
  case "$argument" in
    --verify)
      packages+=("${VERIFY[@]}")
      VERIFIES=1
      ;;
    --help)
      echo "usage: tasks/setup_cross.sh [--verify]"
      echo "  builds:   ${BUILD[*]} (apt), ziglang and cargo-zigbuild (PyPI, in $VENV)"
      echo "  --verify: ${VERIFY[*]} (apt), too"
      exit 0
      ;;
    *)
      echo "unknown option $argument; see --help" >&2
      exit 2
      ;;
  esac
done

if ! command -v apt-get >/dev/null; then
  echo "apt-get is not here: this is for Debian. Without these packages a machine builds its own library only." >&2
  exit 1
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed ||
    missing+=("$package")
done
if ((${#missing[@]} == 0)); then
  echo "apt: everything is installed (${packages[*]})"
else
  echo "apt: installing ${missing[*]}"
  sudo=()
  ((EUID == 0)) || sudo=(sudo)
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --yes -qq --no-install-recommends "${missing[@]}" >/dev/null
fi

if [[ ! -x "$VENV/bin/pip" ]]; then
  echo "PyPI: making the environment $VENV"
  python3 -m venv "$VENV"
fi
echo "PyPI: ziglang 0.16.0, cargo-zigbuild 0.24.0"
"$VENV/bin/pip" install --quiet --disable-pip-version-check ziglang==0.16.0 cargo-zigbuild==0.24.0

# What arm64 programs need in qemu: unpacked, not installed, so that the system stays one of its own architecture.
fetch_arm64() {
  local work
  work="$(mktemp -d)"
  mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$SYSROOT.new"
  cat >"$work/apt.conf" <<END
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Sandbox::User "$(id -un)";
Dir::State::Lists "$work/lists";
Dir::State::status "/dev/null";
Dir::Cache "$work/cache";
END
  (
    cd "$work"
    export APT_CONFIG="$work/apt.conf"
    apt-get update -qq
    apt-get download -qq "${ARM64[@]}"
  )
  for package in "$work"/*.deb; do dpkg-deb --extract "$package" "$SYSROOT.new"; done
  rm -rf "$work" "$SYSROOT"
  echo "${ARM64[*]}" >"$SYSROOT.new/packages"
  mv "$SYSROOT.new" "$SYSROOT"
}

# Bun needs a C++ library for musl, which Debian lacks: a Python package brings one along.
fetch_musl_cxx() {
  local work
  work="$(mktemp -d)"
  "$VENV/bin/pip" download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.11 \
    --platform "musllinux_1_1_$1" --dest "$work" contourpy==1.2.0
  (cd "$work" && python3 -m zipfile --extract ./*.whl .)
  mkdir -p "$MUSL_CXX-$1.new"
  cp "$work"/contourpy.libs/libgcc_s* "$MUSL_CXX-$1.new/"
  cp "$work"/contourpy.libs/libstdc* "$MUSL_CXX-$1.new/libstdc++.so.6"
  rm -rf "$work"
  mv "$MUSL_CXX-$1.new" "$MUSL_CXX-$1"
}

if ((VERIFIES)); then
  if [[ "$(cat "$SYSROOT/packages" 2>/dev/null)" != "${ARM64[*]}" ]]; then
    echo "apt: unpacking the C libraries of arm64 into $SYSROOT"
    fetch_arm64
  fi
  for architecture in x86_64 aarch64; do
    if [[ ! -d "$MUSL_CXX-$architecture" ]]; then
      echo "PyPI: unpacking a C++ library for musl into $MUSL_CXX-$architecture"
      fetch_musl_cxx "$architecture"
    fi
  done
  echo "ready: deno task verify:targets"
fi
echo "ready: deno task build:engines"
