// A hostile agent inside a real worker achieves nothing. The printed table says what was tried, and
// how it ended.
#include "tests/service/hostile/house.h"
#include "tests/support/eventually.h"

#include <catch2/catch_test_macros.hpp>

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

using namespace hostile_tests;
using contracts::Json;

namespace {

// Skips the test if there is no engine.
std::unique_ptr<House> make_house(Options options) {
    std::unique_ptr<House> house;
    try {
        house = std::make_unique<House>(options);
    } catch (const tests::NoDockerEngine& reason) {
        SKIP(reason.what());
    }
    return house;
}

// Probes that succeed for a plain process of the machine, and why. A name that ends with '*' stands
// for all names with that prefix.
struct Open {
    std::string name;
    const char* reason;
    [[nodiscard]] bool covers(const Probe& probe) const {
        return name.ends_with('*') ? probe.name.starts_with(name.substr(0, name.size() - 1))
                                   : probe.name == name;
    }
};

const Open* open_of(const Probe& probe, const std::vector<Open>& open) {
    const auto found =
        std::find_if(open.begin(), open.end(), [&](const Open& one) { return one.covers(probe); });
    return found == open.end() ? nullptr : &*found;
}

void print(const std::string& title, const std::vector<Probe>& probes,
           const std::vector<Open>& open = {}) {
    std::printf("\n%s: %zu probes\n", title.c_str(), probes.size());
    for (const Probe& probe : probes) {
        const Open* known = open_of(probe, open);
        std::printf("%-9s  %-58.58s  %.120s\n", known ? "open" : probe.verdict.c_str(),
                    probe.name.c_str(), known ? known->reason : probe.note.c_str());
    }
    std::fflush(stdout);
}

void nothing_succeeded(const std::vector<Probe>& probes, const std::vector<Open>& open = {}) {
    for (const Open& one : open) {
        CAPTURE(one.name);
        CHECK(std::any_of(probes.begin(), probes.end(),
                          [&](const Probe& probe) { return one.covers(probe); }));
    }
    for (const Probe& probe : probes) {
        if (open_of(probe, open) != nullptr) continue;
        CAPTURE(probe.name, probe.note);
        CHECK((probe.verdict == "blocked" || probe.verdict == "harmless"));
        CHECK(probe.answered_ms >= 0);
    }
}

const std::vector<Open> kOpenToProcesses = {
    {"read /sys/firmware/acpi", "the machine's own tree, which an engine masks in part"},
};

// The network probes that succeed if the daemon cannot create namespaces, as when it is root
// without CAP_SYS_ADMIN inside a container.
const std::vector<Open> kOpenWithoutNamespaces = {
    {"connect to 1*", "the machine's network"},     {"connect to 8.8.8.8", "the machine's network"},
    {"connect to f*", "the machine's network"},     {"datagram to *", "the machine's network"},
    {"loopback:*", "servers of the machine"},       {"abstract sockets", "the machine's"},
    {"netlink uevent", "of the machine's devices"},
};

bool may_make_namespaces() {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(::unshare(CLONE_NEWNET | CLONE_NEWIPC) == 0 ? 0 : 1);
    int status = -1;
    return ::waitpid(child, &status, 0) == child && status == 0;
}

// Not tried without a container's limits: these would exhaust the machine.
const std::vector<Open> kNotTriedByProcesses = {
    {"hoard", "memory, shared memory and descriptors: no limit but the machine's"},
    {"bomb", "processes and memory: no limit but the machine's, and the deadline"},
    {"later", "looks for what both have left, in a process tree that is the machine's"},
};

void nothing_is_told(const std::string& where, const std::string& text,
                     const std::vector<std::string>& secrets) {
    CAPTURE(where);
    for (const std::string& secret : secrets)
        CHECK(text.find(secret) == std::string::npos);
}

// The errno of opening `path` for reading, as root with exactly the capabilities of a worker's PID
// 1; 0 if it opens.
int errno_for_its_equal(const std::string& path) {
    const pid_t child = ::fork();
    if (child == 0) {
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        const std::uint32_t own = 1U << CAP_SETUID | 1U << CAP_SETGID | 1U << CAP_KILL;
        __user_cap_data_struct rights[2]{{own, own, 0}, {0, 0, 0}};
        if (::syscall(SYS_capset, &header, rights) != 0) ::_exit(255);
        ::_exit(::open(path.c_str(), O_RDONLY | O_CLOEXEC) < 0 ? errno : 0);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
}

bool was_killed_for_memory(const Json& output) {
    return output.dump().find("was killed by signal 9, out of memory") != std::string::npos;
}

// Runs all tasks of the hostile agent one after the other in one worker.
void hostile_life(Options options, const std::string& title) {
    const std::unique_ptr<House> house = make_house(options);
    const Json begun = house->state();
    std::vector<Json> outputs;
    for (const char* word : {"quiet", "flood", "hoard", "bomb", "later"}) {
        CAPTURE(word);
        outputs.push_back(house->run(word));
        // Without memory limits of its own, the process that took the memory may be killed itself.
        const int tries = std::string_view(word) == "hoard" ? 3 : 0;
        for (int i = 0; i < tries && was_killed_for_memory(outputs.back()); ++i)
            outputs.push_back(house->run(word));
        CAPTURE(outputs.back().dump());
        CHECK(outputs.back().at("status") == "success");
        CHECK(house->heartbeat_shows());
        CHECK(house->state().at("Pid") == begun.at("Pid"));
    }
    const std::vector<Probe> probes = house->report();
    print(title, probes);
    CHECK(probes.size() >= 200);
    nothing_succeeded(probes);

    // Checks from outside what the agent has published, for whom, and what else it reached.
    const std::vector<Json> published = house->messages("engineering:queue");
    CHECK(published.size() == 1);
    for (const Json& message : published) {
        CHECK(message.at("user_id") == "u-1");
        CHECK_FALSE(message.contains("callback_stream"));
    }
    CHECK(house->keys() == std::vector<std::string>{"engineering:queue", "task_progress:another",
                                                    "worker:heartbeat:hostile-1",
                                                    "worker:lifecycle", "worker:po:hostile-1:input",
                                                    "worker:po:hostile-1:output",
                                                    "worker:status:hostile-1"});
    CHECK(house->messages("worker:po:hostile-1:output").size() == outputs.size());
    for (const Json& output : outputs)
        nothing_is_told("an output", output.dump(), house->secrets());
    nothing_is_told("the log", house->log(), house->secrets());
}

}  // namespace

TEST_CASE("a hostile agent succeeds in nothing, in a container as it is launched") {
    hostile_life({}, "as launched");
}

TEST_CASE("a hostile agent succeeds in nothing where the engine puts no filter around it") {
    hostile_life({.filter = Filter::ours_alone}, "our own filter alone");
}

TEST_CASE("a hostile agent without a container: what it is kept from, and what not, by name") {
    if (::geteuid() != 0) SKIP("needs root: without it an agent has its wrapper's user");
    const std::unique_ptr<House> house = make_house({.place = Place::process});
    std::vector<Json> outputs;
    for (const char* word : {"quiet", "flood"}) {
        CAPTURE(word);
        outputs.push_back(house->run(word));
        CAPTURE(outputs.back().dump());
        CHECK(outputs.back().at("status") == "success");
        CHECK(house->heartbeat_shows());
        CHECK(house->state().at("Running") == true);
    }
    const std::vector<Probe> probes = house->report();
    std::vector<Open> open = kOpenToProcesses;
    if (!may_make_namespaces())
        open.insert(open.end(), kOpenWithoutNamespaces.begin(), kOpenWithoutNamespaces.end());
    print("a process of the machine", probes, open);
    for (const Open& task : kNotTriedByProcesses)
        std::printf("%-9s  %-58.58s  %s\n", "not tried", task.name.c_str(), task.reason);
    std::fflush(stdout);
    CHECK(probes.size() >= 200);
    nothing_succeeded(probes, open);
    for (const Json& output : outputs)
        nothing_is_told("an output", output.dump(), house->secrets());
    nothing_is_told("the log", house->log(), house->secrets());
}

TEST_CASE("PID 1 is closed even to whoever has its user and its capabilities") {
    const std::unique_ptr<House> house = make_house({});
    tests::eventually("the worker's heartbeat", [&] { return house->heartbeat_shows(); });
    const std::string process = "/proc/" + std::to_string(house->state().at("Pid").get<int>());
    for (const char* file : {"environ", "mem", "maps", "fd/1"}) {
        CAPTURE(file);
        CHECK(errno_for_its_equal(process + "/" + file) == EACCES);
    }
    CHECK(errno_for_its_equal(process + "/status") == 0);
}

TEST_CASE("who is put beside the agent by the engine finds no secret of PID 1") {
    const std::unique_ptr<House> house = make_house({.secret_in_environment = false});
    tests::eventually("the worker's heartbeat", [&] { return house->heartbeat_shows(); });
    nothing_is_told("the engine's description", house->description(), house->secrets());
    CHECK(house->enter("entered") == 0);
    const std::vector<Probe> probes = house->report();
    print("entered by the engine", probes);
    CHECK(probes.size() >= 60);
    for (const Probe& probe : probes) {
        CAPTURE(probe.name, probe.note);
        CHECK((probe.verdict == "blocked" || probe.verdict == "harmless"));
    }
    CHECK(house->state().at("Running") == true);
}
