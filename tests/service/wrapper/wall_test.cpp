// What an agent sees of its wrapper and of the world.
#include "contracts/base/unique_fd.h"
#include "tests/service/wrapper/worker_house.h"

#include <catch2/catch_test_macros.hpp>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <sstream>

using contracts::Json;
using namespace tests;

namespace {

bool as_root() {
    return ::geteuid() == 0;
}

// The lines that the agent wrote into a file, as names and values.
std::map<std::string, std::string> answers(const WorkerHouse& house, const std::string& file) {
    std::map<std::string, std::string> found;
    std::istringstream text(house.in_workspace(file));
    for (std::string line; std::getline(text, line);) {
        const std::size_t equals = line.find('=');
        if (equals != std::string::npos) found[line.substr(0, equals)] = line.substr(equals + 1);
    }
    return found;
}

}  // namespace

TEST_CASE("the agent gets a list of variables and nothing of the wrapper's environment") {
    WorkerHouse house;
    house.set("API_TOKEN", "canary-token").set("SOME_SECRET", "canary-secret");
    house.set("AGENT_ENV_COLOUR", "green").set("USER_ID", "u-1");
    house.agent("env > seen; " + kSucceeds);
    house.give("r-1");
    REQUIRE(house.run_to_end().end.exit_code == 0);
    CHECK(house.in_workspace("seen").find("canary") == std::string::npos);
    auto seen = answers(house, "seen");
    CHECK(seen["COLOUR"] == "green");
    CHECK(seen["USER_ID"] == "u-1");
    CHECK(seen["TASK_ID"] == "t-1");
    CHECK(seen["HOME"] == house.directory() / "home");
    CHECK(seen["PATH"].starts_with(program_directory()));
    CHECK(seen.count("STATE_DIR") == 0);
    CHECK(seen.count("REDIS_URL") == 0);
}

TEST_CASE("the agent is another user without rights, in a session of its own") {
    if (!as_root()) SKIP("needs root");
    WorkerHouse house;
    house.agent(
        "grep -E '^(Uid|Groups|CapEff|CapPrm|NoNewPrivs):' /proc/self/status | "
        "tr '\\t' ' ' | sed 's/: */=/' > status; echo oom=$(cat /proc/self/oom_score_adj) >> "
        "status; "
        "echo fds=$(ls /proc/self/fd | wc -l) >> status; echo core=$(ulimit -c) >> status; " +
        kSucceeds);
    house.give("r-1");
    REQUIRE(house.run_to_end().end.exit_code == 0);
    auto seen = answers(house, "status");
    const std::string uid = std::to_string(house.uid());
    CHECK(seen["Uid"] == uid + " " + uid + " " + uid + " " + uid);
    CHECK(seen["Groups"].find_first_not_of(' ') == std::string::npos);
    CHECK(seen["CapEff"] == "0000000000000000");
    CHECK(seen["CapPrm"] == "0000000000000000");
    CHECK(seen["NoNewPrivs"] == "1");
    CHECK(seen["oom"] == "1000");
    CHECK(seen["fds"] == "4");  // with the one that ls itself opens
    CHECK(seen["core"] == "0");
}

TEST_CASE("the agent reaches nothing of its wrapper") {
    if (!as_root()) SKIP("needs root");
    WorkerHouse house;
    house.agent(
        "probe() { if \"$@\" >/dev/null 2>&1; then echo \"OPEN $*\" >> probes; "
        "else echo \"closed $*\" >> probes; fi; }; "
        "for f in environ mem maps auxv stack syscall io fd/0 root/etc cwd/. exe; do "
        "probe head -c 1 /proc/$PPID/$f; done; probe ls /proc/$PPID/fd; "
        "for f in comm oom_score_adj mem coredump_filter; do "
        "probe sh -c \"echo 0 > /proc/$PPID/$f\"; done; "
        "for s in TERM STOP KILL HUP 0; do probe kill -s $s $PPID; done; "
        "probe sh -c 'echo 0 > /proc/self/oom_score_adj'; "
        "probe unshare -U true; probe unshare -n true; probe mount -t tmpfs none /tmp; "
        "probe chroot / true; probe touch /etc/planted; probe ls ../state; probe cat "
        "../state/journal; "
        "probe ln -s /etc/shadow ../state/journal; " +
        kSucceeds);
    house.give("r-1");
    REQUIRE(house.run_to_end().end.exit_code == 0);
    const std::string probes = house.in_workspace("probes");
    CAPTURE(probes);
    CHECK(probes.find("OPEN") == std::string::npos);
    CHECK(std::count(probes.begin(), probes.end(), '\n') == 30);
}

TEST_CASE("calls that an agent has no use for are closed, those it needs are open") {
    WorkerHouse house;
    house.agent(
        "python3 - > calls <<'EOF'\n"
        "import ctypes, os, socket\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "def call(name, number, *args):\n"
        "    ctypes.set_errno(0)\n"
        "    print(name + '=' + str(ctypes.get_errno() if libc.syscall(number, *args) < 0 else "
        "0))\n"
        "call('io_uring', 425, 1, 0)\n"
        "call('bpf', 321, 0, 0, 0)\n"
        "call('keyctl', 250, 0, 0, 0)\n"
        "call('userfaultfd', 323, 0)\n"
        "call('fsopen', 430, b'tmpfs', 0)\n"
        "call('clone3', 435, 0, 0)\n"
        "call('clone_newuser', 56, 0x10000000 | 17, 0, 0, 0, 0)\n"
        "call('pidfd_open', 434, os.getpid(), 0)\n"
        "for name, family in ('inet', 2), ('inet6', 10), ('unix', 1), ('netlink', 16), "
        "('packet', 17), ('vsock', 40), ('alg', 38):\n"
        "    try:\n"
        "        socket.socket(family, socket.SOCK_RAW if family == 17 else "
        "socket.SOCK_DGRAM if family != 38 else socket.SOCK_SEQPACKET)\n"
        "        print(name + '=0')\n"
        "    except OSError as error:\n"
        "        print(name + '=' + str(error.errno))\n"
        "import multiprocessing, threading\n"
        "t = threading.Thread(target=lambda: print('thread=0')); t.start(); t.join()\n"
        "p = multiprocessing.get_context('fork').Process(target=int); p.start(); p.join()\n"
        "print('process=' + str(p.exitcode))\n"
        "print('filter=' + [line.split()[1] for line in open('/proc/self/status') if "
        "line.startswith('Seccomp:')][0])\n"
        "EOF\n" +
        kSucceeds);
    house.give("r-1");
    const Finished worker = house.run_to_end();
    REQUIRE(worker.end.exit_code == 0);
    auto seen = answers(house, "calls");
    CHECK(seen["filter"] == "2");
    for (const char* closed : {"io_uring", "clone3"})
        CHECK(seen[closed] == std::to_string(ENOSYS));
    for (const char* closed : {"bpf", "keyctl", "userfaultfd", "fsopen", "clone_newuser"})
        CHECK(seen[closed] == std::to_string(EPERM));
    for (const char* closed : {"packet", "vsock", "alg"})
        CHECK(seen[closed] == std::to_string(EAFNOSUPPORT));
    for (const char* open : {"pidfd_open", "inet", "inet6", "unix", "thread", "process"})
        CHECK(seen[open] == "0");
}

TEST_CASE("the agent's files are written as the agent, and it may write where it should") {
    WorkerHouse house;
    house.agent(
        "touch $HOME/a /tmp/$TASK_ID-$$ && rm /tmp/$TASK_ID-$$ && echo ok > /dev/null && "
        "echo loud > /dev/stderr && " +
        kSucceeds);
    house.give("r-1");
    CHECK(house.run_to_end().end.exit_code == 0);
    CHECK(house.outputs().at(0)["status"] == "success");
}
