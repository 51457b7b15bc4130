#include "control/deployer/remote/front_body.h"

#include "contracts/base/sha256.h"
#include "control/deployer/local/container_body.h"
#include "control/deployer/remote/front_script.h"
#include "control/deployer/remote/remote_way.h"
#include "control/runtime/docker/container_spec.h"
#include "control/runtime/docker/walls.h"

namespace control::deployer {

using contracts::Json;

namespace {

constexpr const char* kInside = "8080/tcp";  // the port in front.py

Json host_config() {
    Json config = docker::walls({.memory_bytes = 96 << 20, .cpus = 0.5, .pids = 600});
    config["PidMode"] = "host";
    // Lets it enter the networks of other users' processes; it uses nothing else of theirs.
    config["CapAdd"] = Json::array({"SYS_ADMIN", "SYS_PTRACE"});
    config["SecurityOpt"].push_back("apparmor=unconfined");
    return config;
}

Json body_of(const FrontFacts& facts, const std::vector<std::string>& words, Json config) {
    Json command{"python3", "-I", "-B", "-c", std::string(front_script())};
    for (const std::string& word : words)
        command.push_back(word);
    return {{"Image", facts.image},
            {"User", "0:0"},
            {"Entrypoint", std::move(command)},
            {"Cmd", Json::array()},
            {"WorkingDir", "/"},
            {"Tty", false},
            {"OpenStdin", false},
            {"Healthcheck", {{"Test", Json::array({"NONE"})}}},
            {"Labels",
             {{docker::kOwnerLabel, facts.owner},
              // Overrides the image's labels, which could make this look like a worker's.
              {docker::kWorkerLabel, ""},
              {docker::kLaunchLabel, ""}}},
            {"HostConfig", std::move(config)}};
}

}  // namespace

std::string front_mark(const FrontFacts& facts, const Listening& where) {
    const Json all{facts.image, where.address, where.port, std::string(front_script())};
    return contracts::sha256_hex(contracts::dump_json(all));
}

Json front_body(const FrontFacts& facts, const Listening& where) {
    Json config = host_config();
    config["NetworkMode"] = "bridge";
    config["RestartPolicy"] = {{"Name", "unless-stopped"}};
    config["PortBindings"] = {{kInside, Json::array({{{"HostIp", where.address},
                                                      {"HostPort", std::to_string(where.port)}}})}};
    Json body = body_of(facts, {"serve"}, std::move(config));
    body["ExposedPorts"] = {{kInside, Json::object()}};
    body["Volumes"] = {{"/state", Json::object()}};
    body["StopSignal"] = "SIGKILL";  // it has nothing to clean up
    body["Labels"][std::string(kFrontLabel)] = facts.key;
    body["Labels"][std::string(kFrontLabel) + ".mark"] = front_mark(facts, where);
    return body;
}

Json errand_body(const FrontFacts& facts, const std::vector<std::string>& words,
                 bool host_network) {
    Json config = host_config();
    if (host_network) config["NetworkMode"] = "host";
    if (host_network) config.erase("Sysctls");  // would change the server's own settings
    return body_of(facts, words, std::move(config));
}

}  // namespace control::deployer
