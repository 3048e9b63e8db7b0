#!/usr/bin/env bash
# Make this checkout ready, on a machine that has never seen it:
#   setup.sh venv      the virtual environment with everything of requirements.lock
#   setup.sh console   the console's front-end files from the npm registry
#   setup.sh tests     what the tests drive: PostgreSQL, Chromium and curl of Debian, and an
#                      OpenID provider from the npm registry
# A Debian package that is missing is installed as root or through `sudo -n`, or named.
set -euo pipefail
cd "$(dirname "$0")/.."
VENV=.venv

say() { printf '· %s\n' "$*"; }

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; elif sudo -n true 2>/dev/null; then sudo -n "$@"; else return 1; fi
}

install_packages() { # PURPOSE PACKAGE...
	local purpose=$1
	shift
	say "$purpose needs the Debian package(s) $*: installing"
	if ! { as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
		as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"; } >/tmp/lenskeep-setup.$$ 2>&1; then
		tail -n 5 "/tmp/lenskeep-setup.$$" >&2 || true
		rm -f "/tmp/lenskeep-setup.$$"
		printf 'Could not install. As root, run:  apt-get install %s\n' "$*" >&2
		return 1
	fi
	rm -f "/tmp/lenskeep-setup.$$"
}

find_python() {
	for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
		if [ -n "$candidate" ] && "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
			printf '%s\n' "$candidate"
			return
		fi
	done
	printf 'Python 3.11 or newer is needed.  As root, run:  apt-get install python3\n' >&2
	return 1
}

make_venv() {
	local python
	python=$(find_python)
	if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
		install_packages "Python's venv module" python3-venv
	fi
	[ -x "$VENV/bin/python" ] && "$VENV/bin/python" -c 'import pip' 2>/dev/null || {
		say "making the virtual environment"
		rm -rf "$VENV"
		"$python" -m venv "$VENV"
	}
	say "installing the locked packages (about a minute the first time)"
	"$VENV/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r requirements.lock 2> >(grep -v '^WARNING: Location' >&2)
	"$VENV/bin/python" tools/link_source.py
}

make_tests() {
	local missing=()
	[ -x /usr/lib/postgresql/15/bin/initdb ] || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
	command -v chromium >/dev/null || missing+=(chromium)
	command -v curl >/dev/null || missing+=(curl)
	command -v openssl >/dev/null || missing+=(openssl)
	/sbin/ldconfig -p | grep 'libatomic\.so\.1' >/dev/null || missing+=(libatomic1) # what drives Chromium needs it
	[ ${#missing[@]} = 0 ] || install_packages "The test suite" "${missing[@]}"
	"$VENV/bin/python" -m tools.oidc_provider
}

case "${1:-}" in
venv) make_venv ;;
console) "$VENV/bin/python" tools/console_assets.py ;;
tests) make_tests ;;
*)
	printf 'usage: setup.sh venv|console|tests\n' >&2
	exit 2
	;;
esac
