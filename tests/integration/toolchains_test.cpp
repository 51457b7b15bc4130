// A project's own tests can run in a worker's container: it has what test runners, build tools and
// databases expect of a machine, and the wall still holds.
#include "contracts/base/id.h"
#include "tests/integration/installation.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <optional>

using contracts::Json;
using namespace tests;

namespace {

Json answer(const Installation& house, const std::string& stream, const std::string& request) {
    Json found;
    eventually(
        "an answer to " + request + " on " + stream,
        [&] {
            for (Json& message : house.messages(stream))
                if (message.value("request_id", "") == request) found = std::move(message);
            return !found.is_null();
        },
        std::chrono::minutes{5});
    return found;
}

void publish(contracts::Connection& redis, const std::string& stream, const Json& data) {
    REQUIRE(redis.command({"XADD", stream, "*", "data", data.dump()}).has_value());
}

Json message(const std::string& request) {
    return {{"request_id", request},
            {"correlation_id", contracts::make_uuid4()},
            {"timestamp", "2026-01-02T03:04:05Z"},
            {"version", "1"}};
}

// A worker whose turn consists of the shell script.
std::string hire(Installation& house, const std::string& script) {
    Json create = message(contracts::make_uuid4());
    create["command"] = "create";
    create["config"] = {{"name", "tester"},
                        {"worker_type", "developer"},
                        {"agent_type", "custom"},
                        {"instructions", "Run the tests."},
                        {"allowed_commands", Json::array()},
                        {"capabilities", {"git"}},
                        {"env_vars", {{"AGENT_COMMAND", script}, {"AGENT_VERDICT", "exit_code"}}}};
    create["context"] = Json::object();
    contracts::Connection redis = house.redis();
    publish(redis, "worker:commands", create);
    const Json created = answer(house, "worker:responses:developer", create["request_id"]);
    INFO(created.dump());
    REQUIRE(created.at("success") == true);
    return created.at("worker_id");
}

// The script's exit code and output.
Json run_script(Installation& house, const std::string& script) {
    const std::string worker = hire(house, script);
    Json input = message(contracts::make_uuid4());
    input["task_id"] = "t";
    input["project_id"] = "p";
    input["prompt"] = "Run the tests.";
    input["timeout"] = 240;
    contracts::Connection redis = house.redis();
    publish(redis, "worker:developer:" + worker + ":input", input);
    return answer(house, "worker:developer:output", input["request_id"]);
}

// Each line is one expectation; the first that fails ends the script and is named.
constexpr const char* kExpectations = R"sh(
exec 2>&1
expect() { echo "expected: $*"; "$@" || exit 1; }
flags() { awk -v at="$1" '$2 == at {print $4}' /proc/mounts; }

# The user has a name, a group and a home, by every way of asking.
expect test "$(id -un)" = worker
expect test "$(id -gn)" = worker
expect python3 -c 'import os, pwd; user = pwd.getpwuid(os.getuid()); assert user.pw_dir == os.environ["HOME"]'
expect test "$(whoami)" = "$USER"
expect sh -c 'cd ~worker && test "$PWD" = "$HOME"'
# The machine has a name that leads to itself.
expect getent hosts "$(hostname)"
expect python3 -c 'import socket; assert socket.gethostbyname(socket.gethostname()).startswith("127.")'
expect python3 -c 'import socket; socket.create_server((socket.gethostname(), 0))'
# Temporary files: programs run there, and what is large has room.
for place in /tmp /var/tmp "$TMPDIR" "$HOME" /workspace; do
    expect cp /bin/true "$place/program"
    expect "$place/program"
    expect rm "$place/program"
done
expect dd if=/dev/zero of=/tmp/large bs=1M count=150 status=none
expect rm /tmp/large
expect dd if=/dev/zero of=/var/tmp/large bs=1M count=1500 status=none
expect rm /var/tmp/large
expect python3 -c 'import tempfile; tempfile.TemporaryFile().write(b"x" * (200 << 20))'
expect sh -c 'test "$(dirname "$(mktemp)")" = "$TMPDIR"'
# Semaphores, shared memory, many processes.
expect python3 -c 'import multiprocessing as m; assert m.Pool(4).map(abs, [-1, -2]) == [1, 2]'
expect python3 -c 'from multiprocessing import shared_memory as s; b = s.SharedMemory(create=True, size=16 << 20); b.unlink()'
# The wall: no setuid and no devices in what is mounted for it, and the files that name it are not its.
for flag in nosuid nodev; do
    expect sh -c "echo ,$(flags /tmp), | grep -q ,$flag,"
    expect sh -c "echo ,$(flags /dev/shm), | grep -q ,$flag,"
done
for file in /etc/passwd /etc/group /etc/hosts; do
    expect test ! -w "$file"
done
expect test ! -e /root/.profile -o ! -r /root
)sh";

// A project with a test that make and Python's own test runner run.
constexpr const char* kProject = R"sh(
mkdir -p project/tests && cd project || exit 1
cat >tests/test_add.py <<'PY'
import os, pathlib, subprocess, tempfile, unittest

class Add(unittest.TestCase):
    def test_a_program_that_is_made_and_run(self):
        with tempfile.TemporaryDirectory() as place:
            program = pathlib.Path(place, "add")
            program.write_text("#!/bin/sh\necho $(($1 + $2))\n")
            program.chmod(0o755)
            self.assertEqual(subprocess.check_output([program, "1", "2"]), b"3\n")
PY
printf 'test:\n\tpython3 -m unittest discover -s tests\n' >Makefile
expect make test
expect git init -q .
expect git add -A
expect git commit -qm tests
)sh";

// Real toolchains, each with a test that builds and runs a program or asks for its user.
constexpr const char* kRealTools = R"sh(
mkdir -p go rs/src js py
cd /workspace/go && cat >go.mod <<'X' && cat >add_test.go <<'X2'
module example.org/add
go 1.19
X
package add
import ("os"; "os/exec"; "os/user"; "path/filepath"; "testing")
func TestAdd(t *testing.T) {
	if u, err := user.Current(); err != nil || u.Username != "worker" { t.Fatal(u, err) }
	f := filepath.Join(t.TempDir(), "x")
	os.WriteFile(f, []byte("#!/bin/sh\n"), 0755)
	if err := exec.Command(f).Run(); err != nil { t.Fatal(err) }
}
X2
expect go test ./...
cd /workspace/rs && cat >Cargo.toml <<'X' && cat >src/lib.rs <<'X2'
[package]
name = "add"
version = "0.1.0"
edition = "2021"
X
/// ```
/// assert_eq!(add::add(1, 2), 3);
/// ```
pub fn add(a: i32, b: i32) -> i32 { a + b }
#[cfg(test)] mod tests { #[test] fn adds() { assert_eq!(super::add(1, 2), 3); } }
X2
expect cargo test --offline
cd /workspace/js && cat >package.json <<'X' && cat >add.test.js <<'X2'
{"name": "add", "version": "1.0.0", "scripts": {"test": "node --test"}}
X
const test = require('node:test'), assert = require('assert'), os = require('os');
test('user', () => assert.equal(os.userInfo().username, 'worker'));
test('listens', (t, done) => {
  const server = require('http').createServer().listen(0, os.hostname(), () => server.close(done));
});
X2
expect node --test
if command -v npm; then expect npm test; fi
cd /workspace/py && cat >test_add.py <<'X'
import getpass, os, pwd, subprocess
def test_temporary_program(tmp_path):
    program = tmp_path / "x"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    subprocess.check_call([str(program)])
    assert getpass.getuser() == pwd.getpwuid(os.getuid()).pw_name == "worker"
X
expect python3 -m pytest -q
postgres=$(echo /usr/lib/postgresql/*/bin)
expect "$postgres/initdb" -D "$TMPDIR/db" -A trust
expect "$postgres/pg_ctl" -D "$TMPDIR/db" -w -l "$TMPDIR/db.log" -o "-k /tmp -h ''" start
expect psql -h /tmp -d postgres -c 'select 1'
expect "$postgres/pg_ctl" -D "$TMPDIR/db" -w stop
)sh";

void start(std::optional<Installation>& house, std::map<std::string, std::string> environment) {
    try {
        house.emplace(InstallationOptions{.isolation = Isolation::containers,
                                          .environment = std::move(environment)});
    } catch (const NoDockerEngine& reason) {
        SKIP(reason.what());
    }
    house->start();
}

}  // namespace

TEST_CASE("toolchains: a worker's container is what test runners expect of a machine") {
    std::optional<Installation> house;
    start(house, {});
    const Json output = run_script(*house, std::string(kExpectations) + kProject);
    INFO(output.dump(2));
    CHECK(output.at("status") == "success");
    CHECK(house->stop().success());
}

TEST_CASE("toolchains: Go, Rust, Node.js, pytest and PostgreSQL run their tests in a worker") {
    const char* image = std::getenv("ORCH_TEST_TOOLS");
    if (image == nullptr)
        SKIP(
            "ORCH_TEST_TOOLS names no image; `ci/base-image SOCKET orch-tools:bookworm "
            "golang-go,gcc,"
            "libc6-dev,cargo,nodejs,python3-pytest,postgresql` makes one");
    std::optional<Installation> house;
    start(house, {{"BASE_IMAGE", image}});
    const Json output =
        run_script(*house, std::string(kExpectations) + kProject + "cd /workspace\n" + kRealTools);
    INFO(output.dump(2));
    CHECK(output.at("status") == "success");
    CHECK(house->stop().success());
}
