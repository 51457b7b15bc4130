#include "control/runtime/docker/container_spec.h"

#include <catch2/catch_test_macros.hpp>
#include <random>
#include <set>

using contracts::ErrorKind;
using contracts::Json;
using control::DockerSettings;
using control::WorkerSpec;
using control::docker::container_spec;

namespace {

DockerSettings settings() {
    return {.socket = "/run/engine/docker.sock",
            .owner = "here",
            .bin_directory = "/opt/toolkit/bin",
            .data_directory = "/data/orch"};
}

WorkerSpec worker() {
    WorkerSpec spec;
    spec.worker_id = "dev-1";
    spec.image = "worker:0123456789ab";
    spec.uid = 20017;
    spec.environment = {{"WORKER_ID", "dev-1"}};
    spec.labels = {{"task", "t-1"}};
    spec.directories = {.control = "/data/orch/workers/dev-1/control",
                        .state = "/data/orch/workers/dev-1/state",
                        .home = "/data/orch/workers/dev-1/home",
                        .workspace = "/data/orch/workers/dev-1/workspace",
                        .temporary = "/data/orch/workers/dev-1/tmp",
                        .accounts = "/data/orch/workers/dev-1/accounts"};
    return spec;
}

const Json& mount_at(const Json& spec, std::string_view target) {
    for (const Json& mount : spec["HostConfig"]["Mounts"])
        if (mount["Target"] == target) return mount;
    throw std::runtime_error("no mount at " + std::string(target));
}

}  // namespace

TEST_CASE("a worker's container is the one that was tried, field by field") {
    const auto made = container_spec(worker(), settings(), "launch-1");
    REQUIRE(made);
    const Json& spec = *made;
    CHECK(spec["User"] == "0:0");
    CHECK(spec["Entrypoint"] == Json::array({"/.worker/bin/worker-wrapper"}));
    CHECK(spec["Cmd"] == Json::array());
    CHECK(spec["WorkingDir"] == "/workspace");
    CHECK(spec["Tty"] == false);
    CHECK(spec["OpenStdin"] == false);
    CHECK(spec["StopSignal"] == "SIGTERM");
    CHECK(spec["StopTimeout"] == 40);
    CHECK(spec["Healthcheck"]["Test"] == Json::array({"NONE"}));
    CHECK(spec["Labels"] == Json{{"com.codegen-orchestrator.owner", "here"},
                                 {"com.codegen-orchestrator.worker", "dev-1"},
                                 {"com.codegen-orchestrator.launch", "launch-1"},
                                 {"com.codegen-orchestrator.task", "t-1"}});
    const Json& host = spec["HostConfig"];
    CHECK(host["NetworkMode"] == "none");
    CHECK(host["CapDrop"] == Json::array({"ALL"}));
    CHECK(host["CapAdd"] == Json::array({"SETUID", "SETGID", "KILL"}));
    CHECK(host["SecurityOpt"] == Json::array({"no-new-privileges:true"}));
    CHECK(host["Privileged"] == false);
    CHECK(host["ReadonlyRootfs"] == true);
    CHECK(host["Init"] == false);
    CHECK(host["IpcMode"] == "private");
    CHECK(host["PidMode"] == "");
    CHECK(host["CgroupnsMode"] == "private");
    CHECK(host["Memory"] == 512 << 20);
    CHECK(host["MemorySwap"] == 512 << 20);
    CHECK(host["NanoCpus"] == 500000000);
    CHECK(host["PidsLimit"] == 256);
    CHECK(host["OomScoreAdj"] == 500);
    CHECK(host["ShmSize"] == 32 << 20);
    CHECK(spec["Hostname"] == "worker-dev-1");
    CHECK(host["ExtraHosts"] == Json::array({"worker-dev-1:127.0.0.1"}));
    CHECK(host["Ulimits"] == Json::array({{{"Name", "core"}, {"Soft", 0}, {"Hard", 0}}}));
    CHECK(host["Sysctls"] == Json{{"kernel.shm_rmid_forced", "1"},
                                  {"kernel.msgmni", "32"},
                                  {"kernel.sem", "250 32000 32 128"}});
    CHECK(host["Tmpfs"] == Json{{"/.worker", "size=64k,mode=0755,nosuid,nodev,noexec"},
                                {"/.worker/run", "size=1m,mode=0755,nosuid,nodev,noexec"},
                                {"/tmp", "size=192m,mode=1777,exec,nosuid,nodev"}});
    CHECK(host["LogConfig"] ==
          Json{{"Type", "local"}, {"Config", {{"max-size", "1m"}, {"max-file", "2"}}}});
    CHECK(host["RestartPolicy"]["Name"] == "no");
    CHECK(host["AutoRemove"] == false);
    CHECK(host["Binds"] == Json::array());
    CHECK(host["Mounts"].size() == 8);
    const std::pair<const char*, const char*> mounts[] = {
        {"/.worker/bin", "/opt/toolkit/bin"},
        {"/.worker/control", "/data/orch/workers/dev-1/control"},
        {"/.worker/state", "/data/orch/workers/dev-1/state"},
        {"/home/worker", "/data/orch/workers/dev-1/home"},
        {"/workspace", "/data/orch/workers/dev-1/workspace"},
        {"/var/tmp", "/data/orch/workers/dev-1/tmp"},
        {"/etc/passwd", "/data/orch/workers/dev-1/accounts/passwd"},
        {"/etc/group", "/data/orch/workers/dev-1/accounts/group"}};
    for (const auto& [target, source] : mounts) {
        const Json& mount = mount_at(spec, target);
        CHECK(mount["Type"] == "bind");
        CHECK(mount["Source"] == source);
        CHECK(mount["BindOptions"]["Propagation"] == "rprivate");
        const std::string_view path = target;
        CHECK(mount["ReadOnly"] ==
              (path == "/.worker/bin" || path == "/.worker/control" || path.starts_with("/etc/")));
    }
}

TEST_CASE("the environment names the worker's places, and the runtime has the last word on them") {
    WorkerSpec spec = worker();
    spec.environment["CONTROL_DIR"] = "/elsewhere";
    const auto made = container_spec(spec, settings(), "l");
    REQUIRE(made);
    std::set<std::string> lines;
    for (const Json& line : (*made)["Env"])
        lines.insert(line.get<std::string>());
    for (const char* line :
         {"WORKER_ID=dev-1", "AGENT_UID=20017", "CONTROL_DIR=/.worker/control",
          "STATE_DIR=/.worker/state", "WORKSPACE_DIR=/workspace", "AGENT_HOME=/home/worker",
          "ORCHESTRATOR_SOCKET=/.worker/run/agent.sock", "ORCHESTRATOR_BIN=/.worker/bin",
          "REDIS_URL=unix:///.worker/control/bus.sock", "API_URL=unix:///.worker/control/api.sock",
          "RELAY_PORTS=fixed", "TMPDIR=/var/tmp"})
        CHECK(lines.contains(line));
    CHECK(lines.size() == 12);
}

TEST_CASE("a worker without places for temporary files and accounts has the image's") {
    WorkerSpec spec = worker();
    spec.directories.temporary.clear();
    spec.directories.accounts.clear();
    const auto made = container_spec(spec, settings(), "l");
    REQUIRE(made);
    CHECK((*made)["HostConfig"]["Mounts"].size() == 5);
    for (const Json& line : (*made)["Env"])
        CHECK_FALSE(line.get<std::string>().starts_with("TMPDIR="));
}

TEST_CASE("every worker's name is a host's name, too") {
    const std::pair<const char*, const char*> names[] = {
        {"a", "worker-a"}, {"po.2", "worker-po-2"}, {"B_b_", "worker-B-b"}, {"9", "worker-9"}};
    for (const auto& [id, name] : names) {
        WorkerSpec spec = worker();
        spec.worker_id = id;
        CHECK((*container_spec(spec, settings(), "l"))["Hostname"] == name);
    }
    WorkerSpec spec = worker();
    spec.worker_id = std::string(63, 'x');
    CHECK((*container_spec(spec, settings(), "l"))["Hostname"].get<std::string>().size() == 63);
}

TEST_CASE("a label cannot take the place of ours") {
    WorkerSpec spec = worker();
    spec.labels = {{"owner", "somebody else"}, {"worker", "another"}, {"launch", "x"}};
    const auto made = container_spec(spec, settings(), "l");
    REQUIRE(made);
    CHECK((*made)["Labels"]["com.codegen-orchestrator.owner"] == "here");
    CHECK((*made)["Labels"]["com.codegen-orchestrator.worker"] == "dev-1");
    CHECK((*made)["Labels"]["com.codegen-orchestrator.launch"] == "l");
}

TEST_CASE("a specification that is wrong is refused by its field's name") {
    const auto refused = [](const char* field, const std::function<void(WorkerSpec&)>& spoil) {
        WorkerSpec spec = worker();
        spoil(spec);
        const auto made = container_spec(spec, settings(), "l");
        INFO(field);
        REQUIRE(!made);
        CHECK(made.error().kind == ErrorKind::invalid);
        CHECK(made.error().field == field);
    };
    refused("worker_id", [](WorkerSpec& s) { s.worker_id = ""; });
    refused("worker_id", [](WorkerSpec& s) { s.worker_id = "../up"; });
    refused("worker_id", [](WorkerSpec& s) { s.worker_id = std::string(64, 'a'); });
    refused("image", [](WorkerSpec& s) { s.image = ""; });
    refused("uid", [](WorkerSpec& s) { s.uid = 0; });
    refused("uid", [](WorkerSpec& s) { s.uid = 0xffffffff; });
    refused("environment.A=B", [](WorkerSpec& s) { s.environment["A=B"] = "x"; });
    refused("environment.A", [](WorkerSpec& s) { s.environment["A"] = std::string("x\0y", 3); });
    refused("labels.a.b", [](WorkerSpec& s) { s.labels["a.b"] = "x"; });
    refused("stop_grace", [](WorkerSpec& s) { s.stop_grace = std::chrono::seconds(-1); });
    refused("limits.memory_bytes", [](WorkerSpec& s) { s.limits.memory_bytes = 0; });
    refused("limits.memory_bytes", [](WorkerSpec& s) { s.limits.memory_bytes = -1; });
    refused("limits.cpus", [](WorkerSpec& s) { s.limits.cpus = 0; });
    refused("limits.cpus", [](WorkerSpec& s) { s.limits.cpus = std::nan(""); });
    refused("limits.pids", [](WorkerSpec& s) { s.limits.pids = 0; });
    refused("limits.pids", [](WorkerSpec& s) { s.limits.pids = -1; });
    for (const char* path : {"", "relative", "/", "/data/orch/../../etc", "/data/orch/./x",
                             "/data/orch//x", "/data/orch/x/", "/etc", "/data/orch", "/data/orchx"})
        refused("directories.workspace", [path](WorkerSpec& s) { s.directories.workspace = path; });
    refused("directories.state", [](WorkerSpec& s) { s.directories.state = "/run/engine"; });
    refused("directories.control", [](WorkerSpec& s) { s.directories.control = "/var"; });
    refused("directories.home", [](WorkerSpec& s) { s.directories.home = "/root"; });
}

TEST_CASE("a directory that holds the engine's socket is never mounted") {
    DockerSettings ours = settings();
    ours.socket = "/data/orch/engine/docker.sock";
    WorkerSpec spec = worker();
    spec.directories.workspace = "/data/orch/engine";
    auto made = container_spec(spec, ours, "l");
    REQUIRE(!made);
    CHECK(made.error().field == "directories.workspace");
    spec.directories.workspace = ours.socket;
    made = container_spec(spec, ours, "l");
    REQUIRE(!made);
    CHECK(made.error().field == "directories.workspace");
    ours.bin_directory = "/data";
    made = container_spec(worker(), ours, "l");
    REQUIRE(!made);
    CHECK(made.error().field == "bin_directory");
}

namespace {

// Specifications that a careless or hostile caller might write.
class SpecGenerator {
public:
    explicit SpecGenerator(std::uint32_t seed) : random_(seed) {}

    WorkerSpec next() {
        WorkerSpec spec = worker();
        spec.worker_id = pick({"dev-1", "po.2", "a", "9", "B_b"});
        if (rarely()) spec.worker_id = pick({"--privileged", "x/../y", "", "w w"});
        if (rarely()) spec.image = pick({"debian", "--privileged", ""});
        spec.uid = static_cast<std::uint32_t>(rarely() ? 0 : number(1, 70000));
        for (std::int64_t i = number(0, 4); i > 0; --i)
            spec.environment[pick({"A", "PRIVILEGED", "DOCKER_HOST", "LD_PRELOAD", "B=C", "",
                                   "é"})] = pick({"1", "true", "unix:///run/engine/docker.sock",
                                                  "\"},{\"Privileged\":true", "\n"});
        if (rarely()) spec.environment[pick({"B=C", "", "é"})] = "1";
        if (rarely()) spec.labels[pick({"com.x", "\"", ""})] = "1";
        for (std::int64_t i = number(0, 3); i > 0; --i)
            spec.labels[pick({"task", "owner", "worker", "launch"})] =
                pick({"1", "else", "\"", ""});
        for (std::string* path :
             {&spec.directories.control, &spec.directories.state, &spec.directories.home,
              &spec.directories.workspace, &spec.directories.temporary, &spec.directories.accounts})
            if (rarely())
                *path = pick({"/", "/run", "/run/engine", "/run/engine/docker.sock", "/proc",
                              "/dev", "/data/orch", "/data/orch/../..", "/data/orch/w", "/etc", "",
                              "x", "/data/orch/workers/z"});
        if (rarely()) spec.limits.memory_bytes = number(-10, 40) * (16LL << 20);
        if (rarely()) spec.limits.cpus = static_cast<double>(number(-4, 64)) / 8;
        if (rarely()) spec.limits.pids = number(-64, 40000);
        spec.stop_grace = std::chrono::seconds(rarely() ? number(-2, 4000) : 30);
        return spec;
    }

private:
    bool rarely() { return number(0, 15) == 0; }
    std::int64_t number(std::int64_t low, std::int64_t high) {
        return std::uniform_int_distribution<std::int64_t>(low, high)(random_);
    }
    std::string pick(std::vector<std::string> from) {
        return from[static_cast<std::size_t>(
            number(0, static_cast<std::int64_t>(from.size()) - 1))];
    }
    std::mt19937 random_;
};

// What makes a container's isolation incomplete; empty: nothing.
std::string breach(const Json& spec) {
    const Json& host = spec["HostConfig"];
    if (host["Privileged"] != false) return "privileged";
    if (host["NetworkMode"] != "none") return "network";
    for (const char* mode : {"PidMode", "UTSMode", "UsernsMode", "CgroupParent"})
        if (host[mode] != "") return mode;
    if (host["IpcMode"] != "private" || host["CgroupnsMode"] != "private") return "namespaces";
    if (host["CapDrop"] != Json::array({"ALL"})) return "capabilities kept";
    if (host["CapAdd"] != Json::array({"SETUID", "SETGID", "KILL"})) return "capabilities added";
    if (host["SecurityOpt"] != Json::array({"no-new-privileges:true"})) return "security options";
    if (host["ReadonlyRootfs"] != true) return "writable root";
    for (const char* list : {"Devices", "DeviceRequests", "DeviceCgroupRules", "Binds",
                             "VolumesFrom", "GroupAdd", "PortBindings"})
        if (!host[list].empty()) return list;
    if (host["PublishAllPorts"] != false) return "ports";
    const auto memory = host["Memory"].get<std::int64_t>();
    if (memory < 32 << 20 || host["MemorySwap"] != memory) return "memory";
    if (host["NanoCpus"].get<std::int64_t>() < 50'000'000) return "cpu";
    const auto pids = host["PidsLimit"].get<std::int64_t>();
    if (pids < 16 || pids > 32768) return "pids";
    if (host["OomKillDisable"] != false || host["OomScoreAdj"] != 500) return "oom";
    if (host["RestartPolicy"]["Name"] != "no") return "restart";
    if (host["LogConfig"]["Type"] != "local") return "log";
    if (spec["User"] != "0:0" || spec["Entrypoint"].size() != 1 || !spec["Cmd"].empty())
        return "entry point";
    for (const Json& mount : host["Mounts"]) {
        const auto source = mount["Source"].get<std::string>();
        if (mount["Type"] != "bind" || mount["BindOptions"]["Propagation"] != "rprivate")
            return "mount";
        if (source != "/opt/toolkit/bin" && !source.starts_with("/data/orch/")) return source;
        if (source.find("..") != std::string::npos) return source;
        if (source.find("docker.sock") != std::string::npos) return source;
    }
    if (spec["Labels"]["com.codegen-orchestrator.owner"] != "here") return "owner";
    return "";
}

}  // namespace

TEST_CASE(
    "of ten thousand generated specifications none is privileged, unbounded or sees the host") {
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    SpecGenerator generator(seed);
    int made = 0;
    for (int i = 0; i < 10'000; ++i) {
        const auto spec = container_spec(generator.next(), settings(), "l");
        if (!spec) {
            if (spec.error().kind != ErrorKind::invalid || spec.error().field.empty())
                FAIL("refused without a field: " << spec.error().describe());
            continue;
        }
        ++made;
        if (const std::string wrong = breach(*spec); !wrong.empty()) FAIL(wrong << ": " << *spec);
    }
    CHECK(made > 2'000);
    CHECK(made < 9'800);
}
